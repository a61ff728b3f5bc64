// YAML to ControllerConfig.
#include "controller/config/controller_config.hpp"

#include "shared/config/documents.hpp"
#include "shared/log/log.hpp"
#include "shared/loop/resolve.hpp"

namespace vigie::controller {
namespace {

using config::MappingReader;
using config::Node;

void check_endpoint(MappingReader& reader, std::string_view key, const std::string& text) {
    const auto* at = reader.take(key, false);
    if (const auto endpoint = parse_listen_endpoint(text); at != nullptr && !endpoint) {
        reader.refuse(*at, key, endpoint.error().message);
    }
}

bool is_label_name(std::string_view name) {
    const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && is_start(name[0]) && name != "__name__" &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

// The values whose type alone does not say that they are good.
void check_values(MappingReader& reader, const ControllerConfig& config) {
    check_endpoint(reader, "listen", config.listen);
    check_endpoint(reader, "enrol_listen", config.enrol_listen);
    check_endpoint(reader, "public_endpoint", config.public_endpoint);
    if (const auto* at = reader.take("external_url", false);
        at != nullptr && !config.external_url.starts_with("http://") && !config.external_url.starts_with("https://")) {
        reader.refuse(*at, "external_url", "must begin with https:// or http://");
    }
    if (const auto* at = reader.take("external_labels", false); at != nullptr) {
        for (const auto& [name, _] : at->entries) {
            if (!is_label_name(name.scalar)) {
                reader.refuse(name, "external_labels", fmt::format("'{}' is no name of a label", name.scalar));
            }
        }
    }
    if (const auto* at = reader.take("heartbeat_interval", false);
        at != nullptr && (config.heartbeat_interval < 200ms || config.heartbeat_interval > 5min)) {
        reader.refuse(*at, "heartbeat_interval", "must be between 200ms and 5m");
    }
    if (const auto* at = reader.take("restart_grace", false); at != nullptr && config.restart_grace > 24h) {
        reader.refuse(*at, "restart_grace", "must be at most 1d");
    }
    // Less would refuse what a host brings after a short outage.
    if (const auto* at = reader.take("raw_retention", false); at != nullptr && config.raw_retention < 1h) {
        reader.refuse(*at, "raw_retention", "must be at least 1h");
    }
    if (const auto* at = reader.take("seal_after", false);
        at != nullptr && (config.seal_after < 1s || config.seal_after > 24h)) {
        reader.refuse(*at, "seal_after", "must be between 1s and 1d");
    }
    if (const auto* at = reader.take("audit_retention", false); at != nullptr && config.audit_retention < 24h) {
        reader.refuse(*at, "audit_retention", "must be at least 1d");
    }
    const auto* at = reader.take("log_level", false);
    if (const auto level = log::parse_level(config.log_level); at != nullptr && !level) {
        reader.refuse(*at, "log_level", level.error().message);
    }
}

// What `url` or `url_file` of the mapping say; the other one is empty.
Result<std::string> read_url(Files& files, const Node& node, const std::string& file, std::string url,
                             const std::string& url_file) {
    const auto* at = node.find(url_file.empty() ? "url" : "url_file");
    const auto place = fmt::format("{}:{}: {}", file, at->line, url_file.empty() ? "url" : "url_file");
    if (!url_file.empty()) {
        VIGIE_TRY(url, files.read(url_file, 64_KiB).map_error([&](const Error& e) { return e.at(place); }));
        url.resize(std::min(url.size(), url.find_first_of("\r\n")));
    }
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        return fail(ErrorCode::malformed, "{}: {}must begin with https:// or http://", place,
                    url_file.empty() ? "" : "the first line of " + url_file + " ");
    }
    return url;
}

Result<WebhookConfig> read_webhook(Files& files, const Node& node, const std::string& file) {
    WebhookConfig webhook;
    std::string url_file;
    MappingReader reader(node, file, "a webhook");
    reader.required("name", webhook.name);
    reader.optional("url", webhook.url);
    reader.optional("url_file", url_file);
    reader.optional("send_resolved", webhook.is_resolved_sent);
    reader.optional("headers", webhook.headers);
    reader.optional("timeout", webhook.timeout);
    reader.optional("ca_file", webhook.ca_file);
    reader.optional("called_only", webhook.is_called_only);
    if (webhook.url.empty() == url_file.empty()) {
        reader.refuse(node, "url", "give either url or url_file");
    }
    VIGIE_CHECK(reader.finish());
    VIGIE_TRY(webhook.url, read_url(files, node, file, webhook.url, url_file));
    return webhook;
}

Result<HoldsConfig> read_holds(const Node& node, const std::string& file) {
    HoldsConfig holds;
    std::vector<std::string> texts;
    MappingReader reader(node, file, "holds");
    reader.required("alerts", texts);
    reader.optional("grace", holds.grace);
    const auto* alerts = reader.take("alerts", false);
    if (alerts != nullptr && texts.empty()) {
        reader.refuse(*alerts, "alerts", "names no alert");
    }
    if (const auto* at = reader.take("grace", false); at != nullptr && (holds.grace < 0ms || holds.grace > grace_max)) {
        reader.refuse(*at, "grace", fmt::format("must be between 0s and {}", format_duration(grace_max)));
    }
    VIGIE_CHECK(reader.finish());
    for (const auto& item : alerts->items) {
        holds.alerts.push_back({item.scalar, fmt::format("{}:{}: alerts", file, item.line)});
    }
    return holds;
}

// `node`: what stands under `heartbeat`; nullptr when absent.
Result<void> read_heartbeat(Files& files, const Node* node, const std::string& file, ControllerConfig& config) {
    if (node == nullptr) {
        return {};
    }
    HeartbeatConfig heartbeat;
    heartbeat.place = fmt::format("{}:{}: heartbeat", file, node->line);
    std::string url_file;
    MappingReader reader(*node, file, "heartbeat");
    reader.optional("url", heartbeat.url);
    reader.optional("url_file", url_file);
    reader.optional("every", heartbeat.every);
    reader.optional("method", heartbeat.method);
    reader.optional("headers", heartbeat.headers);
    reader.optional("timeout", heartbeat.timeout);
    reader.optional("ca_file", heartbeat.ca_file);
    if (heartbeat.url.empty() == url_file.empty()) {
        reader.refuse(*node, "url", "give either url or url_file");
    }
    if (const auto* at = reader.take("every", false);
        at != nullptr && (heartbeat.every < 1s || heartbeat.every > 24h)) {
        reader.refuse(*at, "every", "must be between 1s and 1d");
    }
    if (const auto* at = reader.take("method", false);
        at != nullptr && heartbeat.method != "POST" && heartbeat.method != "GET") {
        reader.refuse(*at, "method", "must be POST or GET");
    }
    VIGIE_CHECK(reader.finish());
    VIGIE_TRY(heartbeat.url, read_url(files, *node, file, heartbeat.url, url_file));
    config.heartbeat = std::move(heartbeat);
    return {};
}

Result<ScheduleConfig> read_schedule(const Node& node, const std::string& file) {
    ScheduleConfig schedule;
    schedule.file = file;
    schedule.line = node.line;
    MappingReader reader(node, file, "a schedule");
    reader.required("name", schedule.name);
    reader.required("job", schedule.job);
    reader.required("when", schedule.when);
    if (const auto* at = reader.take("when", false); at != nullptr) {
        schedule.when_line = at->line;
    }
    reader.optional("hosts", schedule.selector);
    reader.optional("misfire", schedule.misfire);
    reader.optional("indeterminate", schedule.indeterminate);
    reader.optional("parameters", schedule.parameters);
    reader.optional("timeout", schedule.timeout);
    const auto* holds = reader.take("holds", false);
    VIGIE_CHECK(reader.finish());
    if (holds != nullptr) {
        VIGIE_TRY(schedule.holds, read_holds(*holds, file));
    }
    return schedule;
}

Result<RuleSettingConfig> read_rule_setting(const Node& node, const std::string& file) {
    RuleSettingConfig setting;
    setting.place = fmt::format("{}:{}: rule_settings", file, node.line);
    MappingReader reader(node, file, "a rule's settings");
    reader.required("alert", setting.alert);
    reader.optional("group", setting.group);
    reader.optional("labels", setting.labels);
    reader.optional("clear", setting.clear);
    reader.optional("damp_flapping", setting.is_damped);
    const auto* clear = reader.take("clear", false);
    if (clear == nullptr && reader.take("damp_flapping", false) == nullptr) {
        reader.refuse(node, "rule_settings", "give clear or damp_flapping");
    } else if (clear != nullptr) {
        setting.clear_place = fmt::format("{}:{}: clear", file, clear->line);
    }
    VIGIE_CHECK(reader.finish());
    setting.name = setting.alert;
    if (!setting.group.empty()) {
        setting.name += fmt::format(" of group {}", setting.group);
    }
    for (const auto& [name, value] : setting.labels) {
        setting.name += fmt::format(" with {}={}", name, value);
    }
    return setting;
}

// Reads each item of the list under `key` with `read_item`, and refuses two of one name.
template <typename Item, typename Read>
Result<void> read_list(const Node* list, std::string_view key, const std::string& file, std::vector<Item>& into,
                       const Read& read_item) {
    if (list == nullptr) {
        return {};
    }
    if (list->kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}:{}: {}: must be a list", file, list->line, key);
    }
    for (const auto& node : list->items) {
        VIGIE_TRY(auto item, read_item(node));
        if (std::any_of(into.begin(), into.end(), [&](const Item& other) { return other.name == item.name; })) {
            return fail(ErrorCode::conflict, "{}:{}: {}: '{}' is defined twice", file, node.line, key, item.name);
        }
        into.push_back(std::move(item));
    }
    return {};
}

Result<OperatorConfig> read_operator(const Node& node, const std::string& file) {
    OperatorConfig one;
    one.place = fmt::format("{}:{}: operators", file, node.line);
    MappingReader reader(node, file, "an operator's key");
    reader.required("name", one.name);
    reader.required("key", one.key);
    reader.required("role", one.role);
    VIGIE_CHECK(reader.finish());
    return one;
}

// `node`: what stands under `operators`; nullptr when absent.
Result<void> read_operators(const Node* node, const std::string& file, ControllerConfig& config) {
    if (node == nullptr) {
        return {};
    }
    MappingReader reader(*node, file, "operators");
    reader.optional("listen", config.operators_listen);
    check_endpoint(reader, "listen", config.operators_listen);
    const auto* keys = reader.take("keys", false);
    VIGIE_CHECK(reader.finish());
    return read_list(keys, "keys", file, config.operators, [&](const Node& item) { return read_operator(item, file); });
}

// `node`: what stands under `http`; nullptr when absent.
Result<void> read_http(const Node* node, const std::string& file, ControllerConfig& config) {
    if (node == nullptr) {
        return {};
    }
    auto& http = config.http ? *config.http : config.http.emplace();
    http.place = fmt::format("{}:{}: http", file, node->line);
    MappingReader reader(*node, file, "http");
    reader.optional("listen", http.listen);
    reader.optional("token_file", http.token_file);
    reader.optional("hosts", http.hosts);
    return reader.finish();
}

// `list`: what stands under the key, read already as a list of texts; nullptr when absent.
void add_rule_files(const Node* list, const std::string& file, ControllerConfig& config) {
    for (const auto& item : list != nullptr ? list->items : std::vector<Node>()) {
        config.rule_files.push_back({item.scalar, fmt::format("{}:{}: rule_files", file, item.line)});
    }
}

// `node`: what stands under the key; nullptr when absent.
Result<void> read_alertmanager_file(const Node* node, const std::string& file, ControllerConfig& config) {
    if (node == nullptr) {
        return {};
    }
    const auto place = fmt::format("{}:{}: alertmanager_file", file, node->line);
    if (node->kind != Node::Kind::scalar || node->scalar.empty()) {
        return fail(ErrorCode::malformed, "{}: must be a path", place);
    }
    config.alertmanager_file = AlertmanagerFileConfig{node->scalar, place};
    return {};
}

Result<void> read_document(Files& files, const config::Document& document, ControllerConfig& config) {
    const auto& file = document.file;
    std::vector<std::string> rule_files;
    MappingReader reader(document.root, file);
    reader.optional("state_dir", config.state_dir);
    reader.optional("listen", config.listen);
    reader.optional("enrol_listen", config.enrol_listen);
    reader.optional("public_endpoint", config.public_endpoint);
    reader.optional("external_url", config.external_url);
    reader.optional("external_labels", config.external_labels);
    reader.optional("operator_socket", config.operator_socket);
    reader.optional("operator_group", config.operator_group);
    reader.optional("audit_retention", config.audit_retention);
    reader.optional("heartbeat_interval", config.heartbeat_interval);
    reader.optional("restart_grace", config.restart_grace);
    reader.optional("raw_retention", config.raw_retention);
    reader.optional("five_minute_retention", config.five_minute_retention);
    reader.optional("hour_retention", config.hour_retention);
    reader.optional("seal_after", config.seal_after);
    reader.optional("log_file", config.log_file);
    reader.optional("log_level", config.log_level);
    reader.optional("rule_files", rule_files);
    const auto* webhooks = reader.take("webhooks", false);
    const auto* heartbeat = reader.take("heartbeat", false);
    const auto* alertmanager_file = reader.take("alertmanager_file", false);
    const auto* schedules = reader.take("schedules", false);
    const auto* rule_settings = reader.take("rule_settings", false);
    const auto* operators = reader.take("operators", false);
    const auto* http = reader.take("http", false);
    if (const auto* oncall = reader.take("oncall", false)) {
        config.oncall.push_back({file, *oncall});
    }
    if (const auto* maintenance = reader.take("maintenance", false)) {
        config.maintenance.push_back({file, *maintenance});
    }
    reader.take("tickets", false);  // load_tickets_config's
    check_values(reader, config);
    VIGIE_CHECK(reader.finish());
    add_rule_files(document.root.find("rule_files"), file, config);
    VIGIE_CHECK(read_operators(operators, file, config));
    VIGIE_CHECK(read_http(http, file, config));
    VIGIE_CHECK(read_alertmanager_file(alertmanager_file, file, config));
    VIGIE_CHECK(read_heartbeat(files, heartbeat, file, config));
    VIGIE_CHECK(read_list(webhooks, "webhooks", file, config.webhooks,
                          [&](const Node& node) { return read_webhook(files, node, file); }));
    VIGIE_CHECK(read_list(rule_settings, "rule_settings", file, config.rule_settings,
                          [&](const Node& node) { return read_rule_setting(node, file); }));
    return read_list(schedules, "schedules", file, config.schedules,
                     [&](const Node& node) { return read_schedule(node, file); });
}

// Where the first of the keys stands that is given at all, in the document that counts: "c.yaml:3: raw_retention".
std::string place_of(const std::vector<config::Document>& documents, std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
        for (auto document = documents.rbegin(); document != documents.rend(); ++document) {
            if (const auto* at = document->root.find(key); at != nullptr) {
                return fmt::format("{}:{}: {}", document->file, at->line, key);
            }
        }
    }
    return std::string(*keys.begin());
}

// Values that must go with each other, whichever of them is given, in whichever document.
Result<void> check_times(const std::vector<config::Document>& documents, const ControllerConfig& config) {
    // Samples that go before they are sealed are in no coarser tier. A bucket is 20 minutes.
    if (config.raw_retention <= config.seal_after + 20min) {
        return fail(ErrorCode::malformed, "{}: raw_retention must be more than 20m longer than seal_after, {}",
                    place_of(documents, {"raw_retention", "seal_after"}), format_duration(config.seal_after));
    }
    // A coarser tier answers where the finer one has ended. Late samples have 8 days of hours made again, of 5 minutes.
    if (const auto least = config.raw_retention + 24h * 8; config.five_minute_retention < least) {
        return fail(ErrorCode::malformed, "{}: five_minute_retention must be at least raw_retention and 8d, {}",
                    place_of(documents, {"five_minute_retention", "raw_retention"}), format_duration(least));
    }
    if (config.hour_retention < config.five_minute_retention) {
        return fail(ErrorCode::malformed, "{}: hour_retention must be at least five_minute_retention, {}",
                    place_of(documents, {"hour_retention", "five_minute_retention"}),
                    format_duration(config.five_minute_retention));
    }
    return {};
}

struct Listener {
    std::string_view key;     // of the configuration
    std::string_view option;  // in words
    std::string_view address;
    std::string_view port() const { return address.substr(address.rfind(':') + 1); }
    // Without the transport.
    std::string_view host() const {
        const auto begin = address.starts_with("tcp://") ? size_t{6} : 0;
        return address.substr(begin, address.rfind(':') - begin);
    }
    bool takes_all() const { return host() == "0.0.0.0" || host() == "*" || host() == "[::]"; }
};

// Two listeners of one port: the second could not start.
Result<void> check_ports(const std::vector<config::Document>& documents, const ControllerConfig& config) {
    std::vector<Listener> listeners{{"listen", "listen", config.listen},
                                    {"enrol_listen", "enrol_listen", config.enrol_listen}};
    if (!config.operators_listen.empty()) {
        listeners.push_back({"operators", "operators.listen", config.operators_listen});
    }
    if (config.http) {
        listeners.push_back({"http", "http.listen", config.http->listen});
    }
    for (size_t i = 1; i < listeners.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            const auto& later = listeners[i];
            const auto& first = listeners[j];
            const bool can_meet = later.host() == first.host() || later.takes_all() || first.takes_all();
            if (can_meet && later.port() == first.port() && later.port() != "0" && later.port() != "*") {
                return fail(ErrorCode::conflict, "{}: {} and {} are both at port {}: give one of them another",
                            place_of(documents, {later.key, first.key}), later.option, first.option, later.port());
            }
        }
    }
    return {};
}

}  // namespace

Result<ControllerConfig> load_controller_config(Files& files, const std::string& path) {
    VIGIE_TRY(const auto documents, config::load_documents(files, path));
    ControllerConfig config;
    config.path = path;
    for (const auto& document : documents) {
        VIGIE_CHECK(read_document(files, document, config));
    }
    VIGIE_CHECK(check_times(documents, config));
    VIGIE_CHECK(check_ports(documents, config));
    return config;
}

}  // namespace vigie::controller
