// The series that the controller writes itself whatever rules there are: those of alerts, and of hosts what it knows of
// them. They come with no host's batch.
#pragma once
#include <set>

#include "controller/query/labels.hpp"

namespace vigie::controller::rules {

inline constexpr std::string_view alerts_metric = "ALERTS";
inline constexpr std::string_view alerts_for_state_metric = "ALERTS_FOR_STATE";
inline constexpr std::string_view up_metric = "up";
inline constexpr std::string_view clock_skew_metric = "vigie_host_clock_skew_seconds";

std::set<std::string, std::less<>> own_metrics();

// The labels of such a series of a host: those that Prometheus gives a host's node_exporter as a target
// (https://prometheus.io/docs/concepts/jobs_instances/).
query::Labels host_series_labels(std::string_view metric, const std::string& host);

}  // namespace vigie::controller::rules
