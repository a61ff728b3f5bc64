// The series that tell of an alert, under Prometheus's names
// (https://prometheus.io/docs/prometheus/2.42/configuration/alerting_rules/#inspecting-alerts-during-runtime).
#pragma once
#include "controller/rules/own_series.hpp"
#include "controller/rules/recording.hpp"

namespace vigie::controller::rules {

// Adds what an alert that is pending or firing has at one time: ALERTS with its labels and `alertstate`, 1; and
// ALERTS_FOR_STATE with its labels, the unix time in whole seconds since when it is active.
void add_alert_series(const Labels& alert, bool is_firing, WallTime active_since, std::vector<RecordedSample>& into);

// Whether the expression selects series and all that it selects are these two, by their names. Such a series is missing
// when there is no alert, and for no other reason: nothing of it is ever a gap.
bool is_of_alerts(const query::Expr& expr);

}  // namespace vigie::controller::rules
