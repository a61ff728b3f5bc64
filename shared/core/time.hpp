// Two kinds of time that cannot be mixed: monotonic (for intervals) and wall (for what people and wires see).
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "shared/core/error.hpp"

namespace vigie {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct MonotonicTimeline {
    using duration = nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    static constexpr bool is_steady = true;
};
struct WallTimeline {
    using duration = milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    static constexpr bool is_steady = false;
};
using MonoTime = std::chrono::time_point<MonotonicTimeline, nanoseconds>;
using WallTime = std::chrono::time_point<WallTimeline, milliseconds>;  // since 1970-01-01T00:00:00Z

constexpr WallTime wall_from_unix_ms(int64_t ms) {
    return WallTime{milliseconds{ms}};
}
constexpr int64_t unix_ms(WallTime time) {
    return time.time_since_epoch().count();
}

// RFC 3339 in UTC with milliseconds: "2026-11-25T01:02:03.004Z".
std::string to_rfc3339(WallTime time);
Result<WallTime> parse_rfc3339(std::string_view text);

// Prometheus's durations: "90s", "5m", "1h30m", "250ms", "2d", "1w", "1y"; units from large to small, each once.
Result<milliseconds> parse_duration(std::string_view text);
// The shortest text that parse_duration reads back: 90 s is "1m30s".
std::string format_duration(milliseconds duration);

}  // namespace vigie
