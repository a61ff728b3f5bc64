#include "controller/rules/alert_series.hpp"

#include <algorithm>

#include "controller/rules/locality.hpp"

namespace vigie::controller::rules {
namespace {

bool is_naming_alerts(const query::Selector& selector) {
    return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const query::Matcher& one) {
        return one.label() == query::metric_name_label && one.kind() == query::Matcher::Kind::equal &&
               (one.value() == alerts_metric || one.value() == alerts_for_state_metric);
    });
}

}  // namespace

void add_alert_series(const Labels& alert, bool is_firing, WallTime active_since, std::vector<RecordedSample>& into) {
    auto with_state = alert;
    with_state["alertstate"] = is_firing ? "firing" : "pending";
    with_state[query::metric_name_label] = alerts_metric;
    into.push_back({std::move(with_state), 1});
    auto for_state = alert;
    for_state[query::metric_name_label] = alerts_for_state_metric;
    const auto since = std::chrono::floor<seconds>(active_since.time_since_epoch());
    into.push_back({std::move(for_state), static_cast<double>(since.count())});
}

bool is_of_alerts(const query::Expr& expr) {
    const auto selectors = selectors_of(expr);
    return !selectors.empty() &&
           std::all_of(selectors.begin(), selectors.end(), [](const auto* one) { return is_naming_alerts(*one); });
}

}  // namespace vigie::controller::rules
