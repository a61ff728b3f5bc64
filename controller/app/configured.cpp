#include "controller/app/configured.hpp"

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/mail_text.hpp"
#include "controller/notify/payload.hpp"
#include "controller/routing/channel_schema.hpp"
#include "controller/rules/rule_file.hpp"

namespace vigie::controller {
namespace {

// What stands in the configuration, or the first line of the file that it names.
Result<std::string> secret_of(Files& files, const std::string& text, const std::string& path,
                              const std::string& place) {
    if (path.empty()) {
        return text;
    }
    VIGIE_TRY(auto read, files.read(path, 64_KiB).map_error([&](const Error& e) { return e.at(place); }));
    read.resize(std::min(read.size(), read.find_first_of("\r\n")));
    return read;
}

// What goes into a header or a URL: one line, and something.
bool is_fit(const std::string& secret) {
    return !secret.empty() && std::all_of(secret.begin(), secret.end(), [](char c) { return c >= ' ' && c != 0x7F; });
}

// The first line of a secret's file; an empty one would go out as no password at all.
Result<std::string> secret_for(Files& files, const std::string& text, const std::string& path, const std::string& key,
                               const std::string& place) {
    VIGIE_TRY(auto secret, secret_of(files, text, path, place));
    if (!path.empty() && !is_fit(secret)) {
        return fail(ErrorCode::malformed, "{}: {}: {}: the first line must hold it", place, key, path);
    }
    return secret;
}

Result<void> authorize(Files& files, const routing::HttpSettings& http, const std::string& place,
                       notify::Receiver& receiver) {
    VIGIE_TRY(const auto password, secret_for(files, http.password, http.password_file, "password_file", place));
    VIGIE_TRY(const auto credentials,
              secret_for(files, http.credentials, http.credentials_file, "credentials_file", place));
    if (!http.user.empty()) {
        receiver.headers["Authorization"] = notify::basic_authorization(http.user, password);
    } else if (!credentials.empty()) {
        receiver.headers["Authorization"] = fmt::format("{} {}", http.authorization_type, credentials);
    }
    receiver.ca_file = http.ca_file;
    receiver.transport = http.transport;
    return {};
}

// Who a mail is for and of, where no template makes it.
Result<void> check_mailboxes(const routing::ChannelConfig& channel) {
    for (const auto* key : {"to", "from"}) {
        const auto found = channel.templates.find(key);
        if (channel.kind != "email" || found == channel.templates.end() ||
            found->second.text().find("{{") != std::string::npos) {
            continue;
        }
        const auto place = fmt::format("{}: {}", channel.place, key);
        VIGIE_TRY(const auto boxes,
                  notify::read_mailboxes(found->second.text()).map_error([&](const Error& e) { return e.at(place); }));
        const bool is_from = found->first == "from";
        if (is_from ? boxes.size() != 1 : boxes.empty()) {
            return fail(ErrorCode::malformed, "{}: {}", place, is_from ? "must be one address" : "names nobody");
        }
    }
    return {};
}

Result<notify::Receiver> receiver_of(Files& files, const routing::ChannelConfig& channel) {
    VIGIE_CHECK(check_mailboxes(channel));
    notify::Receiver receiver;
    receiver.channel = channel;
    receiver.is_resolved_sent = channel.is_resolved_sent;
    receiver.is_of_file = true;
    for (const auto& [key, path] : channel.secret_files) {
        VIGIE_TRY(receiver.channel.texts[key], secret_for(files, "", path, key + "_file", channel.place));
    }
    for (const auto& key : routing::secret_keys(channel.kind)) {
        if (const auto found = receiver.channel.texts.find(key); found != receiver.channel.texts.end()) {
            if (!is_fit(found->second)) {
                return fail(ErrorCode::malformed, "{}: {}: must be one line of text", channel.place, key);
            }
        }
    }
    VIGIE_CHECK(authorize(files, channel.http, channel.place, receiver));
    receiver.url = notify::server_of(receiver.channel);
    return receiver;
}

Result<notify::Receiver> receiver_of(Files& files, const routing::WebhookTarget& webhook) {
    notify::Receiver receiver;
    receiver.is_resolved_sent = webhook.is_resolved_sent;
    receiver.alerts_max = webhook.alerts_max;
    receiver.is_of_file = true;
    VIGIE_TRY(receiver.url, secret_of(files, webhook.url, webhook.url_file, webhook.place));
    VIGIE_CHECK(authorize(files, webhook, webhook.place, receiver));
    return receiver;
}

// Checks it, and that no other is called the same.
Result<void> add_receiver(notify::Receiver receiver, const std::string& place, std::vector<notify::Receiver>& all) {
    VIGIE_CHECK(notify::check_receiver(receiver).map_error([&](const Error& e) { return e.at(place); }));
    if (std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.name == receiver.name; })) {
        return fail(ErrorCode::conflict, "{}: the webhook '{}' of the controller's configuration is called as this one",
                    place, receiver.name);
    }
    all.push_back(std::move(receiver));
    return {};
}

// The files that a path of `templates` means: one `*` may stand in its last part, for anything. Other patterns of Go's
// would be taken for names.
Result<std::vector<std::string>> template_paths(Files& files, const std::string& pattern, const std::string& beside) {
    const auto path = pattern.starts_with('/') ? pattern : join_path(parent_of(beside), pattern);
    const auto slash = path.rfind('/');
    const auto name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    const auto star = name.find('*');
    const auto folder = pattern.substr(0, pattern.size() - name.size());
    if (name.find_first_of("?[") != std::string::npos || star != name.rfind('*') ||
        folder.find_first_of("*?[") != std::string::npos) {
        return fail(ErrorCode::unsupported, "'{}' is not supported: a path may have one '*', in its last part",
                    pattern);
    }
    if (star == std::string::npos) {
        return std::vector<std::string>{path};
    }
    std::vector<std::string> found;
    VIGIE_TRY(const auto names, files.list(parent_of(path)));
    for (const auto& one : names) {
        const auto tail = std::string_view(name).substr(star + 1);
        if (one.size() + 1 >= name.size() && one.starts_with(name.substr(0, star)) && one.ends_with(tail)) {
            found.push_back(join_path(parent_of(path), one));
        }
    }
    return found;
}

// Only for who uses them: webhooks have none.
Result<void> load_templates(Files& files, const std::string& file, routing::Routing& routing) {
    if (!routing.has_channels()) {
        return {};
    }
    for (const auto& pattern : routing.template_files) {
        const auto place = fmt::format("{}: templates", file);
        VIGIE_TRY(const auto paths,
                  template_paths(files, pattern, file).map_error([&](const Error& e) { return e.at(place); }));
        for (const auto& path : paths) {
            VIGIE_TRY(const auto text,
                      files.read(path, config_file_bytes_max).map_error([&](const Error& e) { return e.at(place); }));
            VIGIE_CHECK(routing::add_definitions(routing, text, path));
        }
    }
    return routing::check_includes(routing);
}

}  // namespace

namespace {

bool is_meant(const RuleSettingConfig& setting, const rules::RuleGroup& group, const rules::Rule& rule) {
    return rule.is_alerting() && rule.name == setting.alert && (setting.group.empty() || group.name == setting.group) &&
           std::all_of(setting.labels.begin(), setting.labels.end(), [&rule](const auto& label) {
               const auto found = rule.labels.find(label.first);
               return found != rule.labels.end() && found->second.text() == label.second;
           });
}

Result<void> apply_setting(const RuleSettingConfig& setting, std::vector<rules::RuleGroup>& groups) {
    std::vector<rules::Rule*> meant;
    for (auto& group : groups) {
        for (auto& rule : group.rules) {
            if (is_meant(setting, group, rule)) {
                meant.push_back(&rule);
            }
        }
    }
    if (meant.size() != 1) {
        return fail(meant.empty() ? ErrorCode::not_found : ErrorCode::conflict, "{}: {} alerting rules are called {}{}",
                    setting.place, meant.empty() ? "no" : fmt::format("{}", meant.size()), setting.name,
                    meant.empty() ? "" : ": tell them apart by group or labels");
    }
    meant.front()->is_damped = setting.is_damped;
    if (setting.clear.empty()) {
        return {};
    }
    auto clear = query::Expression::parse(setting.clear);
    if (!clear) {
        return fail(query::to_error(clear.error(), setting.clear).at(setting.clear_place));
    }
    if (clear->type() != query::ValueType::vector) {
        return fail(ErrorCode::malformed, "{}: must be an instant vector, not a {}", setting.clear_place,
                    query::name_of(clear->type()));
    }
    meant.front()->clear = std::move(*clear);
    return {};
}

// Each fault a line: whoever repairs a file wants to do so once.
Result<void> refuse_all(const std::vector<Error>& faults) {
    if (faults.empty()) {
        return {};
    }
    std::string all;
    for (const auto& fault : faults) {
        all += (all.empty() ? "" : "\n") + fault.message;
    }
    return fail(faults.front().code, "{}", all);
}

}  // namespace

Result<rules::RuleSet> load_rules(Files& files, const ControllerConfig& config) {
    std::vector<rules::RuleGroup> all;
    std::vector<Error> told;
    for (const auto& [path, place] : config.rule_files) {
        const auto text = files.read(path, config_file_bytes_max);
        if (!text) {
            told.push_back(text.error().at(place));
            continue;
        }
        auto read = rules::read_rule_file(*text, path);
        std::move(read.groups.begin(), read.groups.end(), std::back_inserter(all));
        for (const auto& fault : read.faults) {
            told.push_back(fault.error());
        }
    }
    VIGIE_CHECK(refuse_all(told));
    for (const auto& setting : config.rule_settings) {
        VIGIE_CHECK(apply_setting(setting, all));
    }
    return rules::RuleSet(std::move(all));
}

Result<std::optional<notify::Request>> heartbeat_of(const ControllerConfig& config, const std::string& external_url,
                                                    WallTime started) {
    if (!config.heartbeat) {
        return std::nullopt;
    }
    const auto& wish = *config.heartbeat;
    const notify::Receiver receiver{.name = "heartbeat",
                                    .url = wish.url,
                                    .headers = wish.headers,
                                    .timeout = wish.timeout,
                                    .ca_file = wish.ca_file};
    VIGIE_CHECK(notify::check_receiver(receiver).map_error([&](const Error& e) { return e.at(wish.place); }));
    auto request = notify::request_to(receiver);
    request.method = wish.method;
    if (wish.method == "POST") {
        alerts::Notification one;
        one.labels = {{"alertname", "Watchdog"}, {"severity", "none"}};
        one.labels.insert(config.external_labels.begin(), config.external_labels.end());
        one.annotations = {{"summary", "The controller does its work: this stops when it does not."}};
        one.starts_at = started;
        const alerts::Labels group{{"alertname", "Watchdog"}};
        request.body = notify::webhook_json({receiver.name, "heartbeat", group, {one}}, external_url);
    }
    return request;
}

Result<std::vector<notify::Receiver>> receivers_of(const ControllerConfig& config) {
    std::vector<notify::Receiver> receivers;
    for (const auto& webhook : config.webhooks) {
        notify::Receiver receiver{.name = webhook.name,
                                  .url = webhook.url,
                                  .is_resolved_sent = webhook.is_resolved_sent,
                                  .headers = webhook.headers,
                                  .timeout = webhook.timeout,
                                  .ca_file = webhook.ca_file};
        receiver.is_called_only = webhook.is_called_only;
        VIGIE_CHECK(notify::check_receiver(receiver));
        receivers.push_back(std::move(receiver));
    }
    return receivers;
}

Result<routing::Routing> load_routing(Files& files, const ControllerConfig& config) {
    if (!config.alertmanager_file) {
        return routing::Routing{};
    }
    const auto& [path, place] = *config.alertmanager_file;
    VIGIE_TRY(const auto text, files.read(path, config_file_bytes_max).map_error([&place = place](const Error& e) {
        return e.at(place);
    }));
    auto read = routing::read_routing_file(text, path);
    std::vector<Error> faults;
    for (const auto& fault : read.faults) {
        faults.push_back(fault.error());
    }
    VIGIE_CHECK(refuse_all(faults));
    VIGIE_CHECK(load_templates(files, path, read.routing));
    return std::move(read.routing);
}

Result<std::vector<notify::Receiver>> receivers_of(Files& files, const ControllerConfig& config,
                                                   const routing::Routing& routing) {
    VIGIE_TRY(auto receivers, receivers_of(config));
    for (const auto& of_file : routing.receivers) {
        for (size_t i = 0; i < of_file.webhooks.size(); ++i) {
            const auto& webhook = of_file.webhooks[i];
            VIGIE_TRY(auto receiver, receiver_of(files, webhook));
            receiver.name = fmt::format("{}/{}", of_file.name, i);
            receiver.shown_as = of_file.name;
            VIGIE_CHECK(add_receiver(std::move(receiver), webhook.place, receivers));
        }
        std::map<std::string, size_t> counts;  // of each kind: a channel keeps its name when one of another kind comes
        for (const auto& channel : of_file.channels) {
            VIGIE_TRY(auto receiver, receiver_of(files, channel));
            receiver.name = fmt::format("{}/{}/{}", of_file.name, channel.kind, counts[channel.kind]++);
            receiver.shown_as = of_file.name;
            VIGIE_CHECK(add_receiver(std::move(receiver), channel.place, receivers));
        }
    }
    return receivers;
}

}  // namespace vigie::controller
