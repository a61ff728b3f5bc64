// A label set, as the wire and the store have it: names to values, sorted by name.
#pragma once
#include <map>
#include <string>

namespace vigie::controller::query {

using Labels = std::map<std::string, std::string>;

// The label that holds a series' metric name.
inline constexpr const char* metric_name_label = "__name__";

}  // namespace vigie::controller::query
