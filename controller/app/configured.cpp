#include "controller/app/configured.hpp"

#include "controller/rules/rule_file.hpp"

namespace vigie::controller {

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

}  // namespace vigie::controller
