#include "controller/app/configured.hpp"

#include "controller/rules/rule_file.hpp"

namespace vigie::controller {

Result<rules::RuleSet> load_rules(Files& files, const ControllerConfig& config) {
    std::vector<rules::RuleGroup> all;
    for (const auto& [path, place] : config.rule_files) {
        VIGIE_TRY(const auto text, files.read(path, config_file_bytes_max).map_error([&place = place](const Error& e) {
            return e.at(place);
        }));
        VIGIE_TRY(auto some, rules::parse_rule_file(text, path));
        std::move(some.begin(), some.end(), std::back_inserter(all));
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
