#include "controller/app/rule_status.hpp"

namespace vigie::controller {

Result<std::vector<rules::GroupStatus>> rule_status(const Records& records, const StateStore& store) {
    VIGIE_TRY(auto alerts, alerts::list_alerts(store));
    std::map<std::string, std::vector<rules::AlertStatus>, std::less<>> by_rule;
    for (auto& alert : alerts) {
        const auto& state = alert.state;
        if (state.phase != alerts::Phase::inactive && state.phase != alerts::Phase::resolved) {
            by_rule[alert.rule_key].push_back({.id = alert.id,
                                               .labels = std::move(alert.labels),
                                               .annotations = std::move(alert.annotations),
                                               .phase = alerts::name_of(state.phase),
                                               .is_open = state.is_open,
                                               .active_since = state.active_since,
                                               .fired_at = state.fired_at,
                                               .kept_firing_since = state.false_since,
                                               .value = alert.value});
        }
    }
    std::vector<rules::GroupStatus> groups;
    for (const auto& group : records.rules().groups()) {
        auto& status = groups.emplace_back(rules::GroupStatus{.group = &group});
        for (const auto& rule : group.rules) {
            const auto of_rule = by_rule.find(rule.key);
            status.rules.push_back(
                {.rule = &rule,
                 .is_judged_at_once = records.rules().is_judged_at_once(rule),
                 .vital = records.vitals().of(rule),
                 .alerts = of_rule == by_rule.end() ? std::vector<rules::AlertStatus>() : std::move(of_rule->second)});
        }
    }
    return groups;
}

}  // namespace vigie::controller
