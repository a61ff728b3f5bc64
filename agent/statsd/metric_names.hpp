// Names as Prometheus wants them, mapped as statsd_exporter maps them.
#pragma once
#include <string>
#include <string_view>

namespace vigie::agent {

// Appends the name with each character beyond letters, digits and underscores as one underscore, and one more in front
// when it begins with a digit: "api.2xx" is "api_2xx", "5xx" is "_5xx". `name` is UTF-8 and not empty.
void append_valid_name(std::string& out, std::string_view name);

}  // namespace vigie::agent
