// rules: list.
#include "controller/app/answers.hpp"
#include "controller/app/rule_status.hpp"

namespace vigie::controller {
namespace {

std::string_view health_of(const rules::Vital& vital) {
    return !vital.failure.empty() ? "failing" : vital.evaluated_at ? "ok" : "unknown";
}

Json row_of(const rules::RuleGroup& group, const rules::RuleStatus& status) {
    size_t firing = 0;
    size_t pending = 0;
    for (const auto& alert : status.alerts) {
        firing += alert.is_open ? 1 : 0;
        pending += alert.phase == "pending" ? 1 : 0;
    }
    const auto& rule = *status.rule;
    return {{"name", rule.name},
            {"group", group.name},
            {"kind", rule.is_alerting() ? "alerting" : "recording"},
            {"health", health_of(status.vital)},
            {"failure", status.vital.failure},
            {"evaluated_at", time_or_null(status.vital.evaluated_at)},
            {"took_ms", static_cast<double>(status.vital.took.count()) / 1e6},
            {"judged", status.is_judged_at_once ? "at once" : "by its group"},
            {"interval", format_duration(group.interval)},
            {"firing", firing},
            {"pending", pending},
            {"expression", rule.expression.text()},
            {"clear", rule.clear ? Json(rule.clear->text()) : Json(nullptr)},
            {"is_damped", rule.is_alerting() && rule.is_damped},
            {"file", rule.file},
            {"line", rule.line}};
}

Result<Json> list(const Sources& s) {
    VIGIE_TRY(const auto groups, rule_status(s.records, s.store));
    auto rows = Json::array();
    for (const auto& group : groups) {
        for (const auto& rule : group.rules) {
            rows.push_back(row_of(*group.group, rule));
        }
    }
    return rows;
}

}  // namespace

void add_rule_answers(Desk& desk, const Sources& sources) {
    desk.answer("rules.list", Role::viewer, {}, [&sources](const Request&) { return list(sources); });
}

}  // namespace vigie::controller
