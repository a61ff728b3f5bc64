#include "controller/app/rules_view.hpp"

#include "controller/app/rule_status.hpp"

namespace vigie::controller {
namespace {

std::map<std::string, std::string> texts_of(const std::map<std::string, rules::Template>& templates) {
    std::map<std::string, std::string> texts;
    for (const auto& [name, text] : templates) {
        texts.emplace(name, text.text());
    }
    return texts;
}

web::RuleView view_of(const rules::RuleStatus& status) {
    const auto& rule = *status.rule;
    web::RuleView view{.is_alerting = rule.is_alerting(),
                       .name = rule.name,
                       .query = query::print(rule.expression.root()),
                       .hold = rule.hold,
                       .keep_firing = rule.keep_firing,
                       .labels = texts_of(rule.labels),
                       .annotations = texts_of(rule.annotations),
                       .alerts = {},
                       .failure = status.vital.failure,
                       .evaluated_at = status.vital.evaluated_at,
                       .took = status.vital.took};
    for (const auto& alert : status.alerts) {
        if (alert.is_open || alert.phase == "pending") {
            view.alerts.push_back({.labels = alert.labels,
                                   .annotations = alert.annotations,
                                   .is_firing = alert.is_open,
                                   .active_at = alert.active_since,
                                   .kept_firing_since = alert.kept_firing_since,
                                   .value = alert.value});
        }
    }
    return view;
}

}  // namespace

Result<web::RulesView> rules_view(const Records& records, const StateStore& store) {
    VIGIE_TRY(const auto groups, rule_status(records, store));
    web::RulesView view;
    for (const auto& status : groups) {
        const auto& group = *status.group;
        auto& shown = view.groups.emplace_back(
            web::GroupView{.name = group.name, .file = group.file, .interval = group.interval, .limit = group.limit});
        for (const auto& rule : status.rules) {
            shown.rules.push_back(view_of(rule));
        }
    }
    VIGIE_TRY(const auto all, alerts::list_alerts(store));
    for (const auto& alert : all) {
        if (alerts::is_own(alert) && (alert.state.is_open || alert.state.phase == alerts::Phase::pending)) {
            view.others.push_back({.labels = alert.labels,
                                   .annotations = alert.annotations,
                                   .is_firing = alert.state.is_open,
                                   .active_at = alert.state.active_since,
                                   .kept_firing_since = {},
                                   .value = alert.value});
        }
    }
    return view;
}

}  // namespace vigie::controller
