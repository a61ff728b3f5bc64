#include "controller/web/api_parameters.hpp"

#include <cmath>

#include "controller/query/literals.hpp"
#include "controller/query/parser.hpp"

namespace vigie::controller::web {
namespace {

// As far as the engine counts time (controller/query).
constexpr int64_t time_ms_max = int64_t{1} << 60;
constexpr double duration_seconds_max = 9.2e9;  // 292 years, what 64 bits of nanoseconds hold

// The first and the last time of Go's, which clients of Prometheus send for "all".
constexpr std::string_view first_time_of_all = "-292273086-05-16T16:47:06Z";
constexpr std::string_view last_time_of_all = "292277025-08-18T07:12:54.999999999Z";

// Prometheus makes nanoseconds of the rounded fraction and cuts those, so that 0.123 of some numbers is 122 ms.
int64_t ms_of_seconds(double seconds) {
    double whole = 0;
    const auto fraction = std::round(std::modf(seconds, &whole) * 1000) / 1000;
    const auto nanos = static_cast<int64_t>(fraction * 1e9);
    const auto ms = nanos / 1'000'000;
    return static_cast<int64_t>(whole) * 1000 + (nanos % 1'000'000 < 0 ? ms - 1 : ms);
}

// parse_rfc3339 rounds what Prometheus cuts.
std::string without_microseconds(std::string_view text) {
    const auto point = text.find('.');
    if (point == std::string_view::npos) {
        return std::string(text);
    }
    const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
    return std::string(text.substr(0, std::min(end, point + 4))) + std::string(text.substr(end));
}

tl::unexpected<ApiError> invalid(std::string_view name, std::string_view why) {
    return refuse(ApiErrorKind::bad_data, "invalid parameter \"{}\": {}", name, why);
}

}  // namespace

Result<WallTime> parse_api_time(std::string_view text) {
    if (const auto seconds = query::label_number(text)) {
        if (std::isfinite(*seconds) && std::fabs(*seconds) < static_cast<double>(time_ms_max) / 1000) {
            return wall_from_unix_ms(ms_of_seconds(*seconds));
        }
    } else if (text == first_time_of_all || text == last_time_of_all) {
        return wall_from_unix_ms(text == first_time_of_all ? -time_ms_max : time_ms_max);
    } else if (const auto at = parse_rfc3339(without_microseconds(text))) {
        return *at;
    }
    return fail(ErrorCode::malformed, "cannot parse \"{}\" to a valid timestamp", text);
}

Result<nanoseconds> parse_api_duration(std::string_view text) {
    if (const auto seconds = query::label_number(text)) {
        if (std::fabs(*seconds) < duration_seconds_max) {
            return nanoseconds{static_cast<int64_t>(*seconds * 1e9)};
        }
        return fail(ErrorCode::malformed, "cannot parse \"{}\" to a valid duration. It overflows int64", text);
    }
    const auto duration =
        text.empty() ? Result<milliseconds>(fail(ErrorCode::malformed, "empty")) : parse_duration(text);
    if (!duration || static_cast<double>(duration->count()) / 1000 >= duration_seconds_max) {
        return fail(ErrorCode::malformed, "cannot parse \"{}\" to a valid duration", text);
    }
    return nanoseconds{*duration};
}

ApiResult<WallTime> time_of(const Form& form, std::string_view name) {
    const auto at = parse_api_time(form.first(name));
    return at ? ApiResult<WallTime>(*at) : invalid(name, at.error().message);
}

ApiResult<WallTime> time_or(const Form& form, std::string_view name, WallTime fallback) {
    const auto text = form.first(name);
    if (text.empty()) {
        return fallback;
    }
    const auto at = parse_api_time(text);
    return at ? ApiResult<WallTime>(*at)
              : invalid(name, fmt::format("Invalid time value for '{}': {}", name, at.error().message));
}

ApiResult<nanoseconds> duration_of(const Form& form, std::string_view name) {
    const auto duration = parse_api_duration(form.first(name));
    return duration ? ApiResult<nanoseconds>(*duration) : invalid(name, duration.error().message);
}

ApiResult<TimeRange> range_of(const Form& form) {
    const auto from = time_or(form, "start", wall_from_unix_ms(-time_ms_max));
    const auto to = time_or(form, "end", wall_from_unix_ms(time_ms_max));
    if (!from || !to) {
        return tl::unexpected(from ? to.error() : from.error());
    }
    return TimeRange{*from, *to, unix_ms(*from) == -time_ms_max && unix_ms(*to) == time_ms_max};
}

ApiResult<Selectors> selectors_of(const Form& form) {
    Selectors selectors;
    const auto texts = form.all("match[]");
    if (texts.size() > selectors_max) {
        return refuse(ApiErrorKind::bad_data, "a request has more than {} match[]", selectors_max);
    }
    for (const auto& text : texts) {
        auto matchers = query::parse_matchers(text);
        if (!matchers) {
            return refuse(ApiErrorKind::bad_data, "{}", query::to_error(matchers.error(), text).message);
        }
        selectors.push_back(std::move(*matchers));
    }
    return selectors;
}

}  // namespace vigie::controller::web
