// Parameters of Prometheus' HTTP API as 2.42 reads them.
#pragma once
#include "controller/query/matcher.hpp"
#include "controller/web/api_answer.hpp"
#include "controller/web/form.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::web {

// Unix seconds with a fraction, or RFC 3339; cut to milliseconds as Prometheus cuts.
Result<WallTime> parse_api_time(std::string_view text);
// Seconds with a fraction, or 1h30m.
Result<nanoseconds> parse_api_duration(std::string_view text);

// Errors name the parameter, as `invalid parameter "start": …`.
ApiResult<WallTime> time_of(const Form& form, std::string_view name);
ApiResult<WallTime> time_or(const Form& form, std::string_view name, WallTime fallback);
ApiResult<nanoseconds> duration_of(const Form& form, std::string_view name);

// The time that listings cover: all of it unless start or end is given.
struct TimeRange {
    WallTime from{};
    WallTime to{};
    bool is_all = true;
};
ApiResult<TimeRange> range_of(const Form& form);

// How many match[] one request may have; each may hold regular expressions.
constexpr size_t selectors_max = 100;

using Selectors = std::vector<std::vector<query::Matcher>>;
// Of all match[]. bad_data: one that is no selector, or that an empty label set fits.
ApiResult<Selectors> selectors_of(const Form& form);

}  // namespace vigie::controller::web
