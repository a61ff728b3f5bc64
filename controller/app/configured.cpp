#include "controller/app/configured.hpp"

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

Result<notify::Receiver> receiver_of(Files& files, const routing::WebhookTarget& webhook) {
    notify::Receiver receiver;
    receiver.is_resolved_sent = webhook.is_resolved_sent;
    receiver.alerts_max = webhook.alerts_max;
    receiver.ca_file = webhook.ca_file;
    receiver.is_of_file = true;
    VIGIE_TRY(receiver.url, secret_of(files, webhook.url, webhook.url_file, webhook.place));
    VIGIE_TRY(const auto password, secret_of(files, webhook.password, webhook.password_file, webhook.place));
    VIGIE_TRY(const auto credentials, secret_of(files, webhook.credentials, webhook.credentials_file, webhook.place));
    if (!webhook.user.empty()) {
        receiver.headers["Authorization"] = notify::basic_authorization(webhook.user, password);
    } else if (!credentials.empty()) {
        receiver.headers["Authorization"] = fmt::format("{} {}", webhook.authorization_type, credentials);
    }
    return receiver;
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

}  // namespace

Result<rules::RuleSet> load_rules(Files& files, const ControllerConfig& config) {
    std::vector<rules::RuleGroup> all;
    for (const auto& [path, place] : config.rule_files) {
        VIGIE_TRY(const auto text, files.read(path, config_file_bytes_max).map_error([&place = place](const Error& e) {
            return e.at(place);
        }));
        VIGIE_TRY(auto some, rules::parse_rule_file(text, path));
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    for (const auto& setting : config.rule_settings) {
        VIGIE_CHECK(apply_setting(setting, all));
    }
    return rules::RuleSet(std::move(all));
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
    if (!read.faults.empty()) {
        std::string all;
        for (const auto& fault : read.faults) {
            all += (all.empty() ? "" : "\n") + fault.text();
        }
        return fail(read.faults.front().code, "{}", all);
    }
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
            VIGIE_CHECK(
                notify::check_receiver(receiver).map_error([&](const Error& e) { return e.at(webhook.place); }));
            if (std::any_of(receivers.begin(), receivers.end(),
                            [&](const auto& other) { return other.name == receiver.name; })) {
                return fail(ErrorCode::conflict,
                            "{}: the webhook '{}' of the controller's configuration is called as this one",
                            webhook.place, receiver.name);
            }
            receivers.push_back(std::move(receiver));
        }
    }
    return receivers;
}

}  // namespace vigie::controller
