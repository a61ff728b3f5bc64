// When a job is due. The text is one of
//   every 15m [from 2026-01-01T00:00:00Z]   real time, counted from 1970-01-01T00:00:00Z or the given instant
//   hourly [ZONE]                           each full hour of the zone (UTC without one), in real time
//   daily [ZONE], [daily] HH:MM[:SS] [ZONE] a fixed local time
// A fixed time inside a gap of the clocks runs at the end of the gap; one that occurs twice runs the first time.
#pragma once
#include <string>
#include <variant>

#include "shared/calendar/zone.hpp"
#include "shared/core/time.hpp"

namespace vigie {

struct IntervalTimes {
    seconds period{};
    WallTime anchor{};  // an instant of the series
};
struct HourlyTimes {
    Zone zone;
};
struct DailyTimes {
    seconds time_of_day{};
    Zone zone;
};

struct Schedule {
    std::string text;  // as it was written
    std::variant<IntervalTimes, HourlyTimes, DailyTimes> times;
};

// A job that is due more often than this is a daemon, not a job.
constexpr seconds schedule_period_min = 1s;
constexpr seconds schedule_period_max = 366 * 24h;

// malformed with what is wrong; unsupported for the other languages of schedules (cron's, weekdays, dates).
Result<Schedule> parse_schedule(std::string_view text);

// The first due instant later than `after`, which lies in the years 1900 to 9000.
WallTime next_after(const Schedule& schedule, WallTime after);
// The last due instant not later than `at`, if the schedule has one in the 400 days before it.
std::optional<WallTime> last_at_or_before(const Schedule& schedule, WallTime at);

}  // namespace vigie
