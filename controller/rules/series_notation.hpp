// Series as promtool's unit tests write them
// (https://prometheus.io/docs/prometheus/2.42/configuration/unit_testing_rules/).
#pragma once
#include <optional>
#include <vector>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::rules {

// "name{label=\"value\"}", the name or the braces may be missing; "{}" is no label at all.
Result<query::Labels> parse_metric(std::string_view text);

// One interval is 16 bytes; a test is read by people.
constexpr size_t notation_values_max = 1'000'000;

// "1 2+3x4 -1x2 _ _x3 stale NaN": a value for each interval, nullopt where there is none.
Result<std::vector<std::optional<double>>> parse_values(std::string_view text);

}  // namespace vigie::controller::rules
