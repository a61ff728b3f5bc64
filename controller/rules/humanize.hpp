// Numbers for people, letter for letter as Prometheus's template functions print them
// (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/).
#pragma once
#include <string>

namespace vigie::controller::rules {

std::string plain_number(double value);         // as Go's %v: 90, 0.5, 1e+06, NaN, +Inf
std::string humanize(double value);             // 1234567 -> 1.235M
std::string humanize1024(double value);         // 1048576 -> 1Mi
std::string humanize_duration(double seconds);  // 5025 -> 1h 23m 45s
std::string humanize_percentage(double ratio);  // 0.123 -> 12.3%

}  // namespace vigie::controller::rules
