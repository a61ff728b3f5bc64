// Times of the week, month and year, as Alertmanager's time_intervals have them. Pure; the environment's time zone
// plays no part: without a location times are UTC.
#pragma once
#include <optional>
#include <vector>

#include "shared/calendar/zone.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::routing {

struct IntRange {
    int first = 0;
    int last = 0;  // included
};
struct MinuteRange {  // of a day
    int begin = 0;
    int end = 0;  // not included; 1440 is the end of the day
};

// Each list that is not empty must have a range with the time in it.
struct TimeInterval {
    std::vector<MinuteRange> times;
    std::vector<IntRange> weekdays;       // 0 is Sunday
    std::vector<IntRange> days_of_month;  // -1 is the month's last day
    std::vector<IntRange> months;
    std::vector<IntRange> years;
    std::optional<Zone> zone;
};

// When clocks are put back, a range lasts from the first time that they show its begin to the last time that they show
// its end; when they are put forward over its begin or end, that falls on the moment of the change.
bool is_in(const TimeInterval& interval, WallTime at);
bool is_in_any(const std::vector<TimeInterval>& intervals, WallTime at);

// Parts as they are written. malformed says what is wrong, without the place.
Result<int> parse_minute_of_day(std::string_view text);  // "09:30", "24:00"
Result<IntRange> parse_weekdays(std::string_view text);  // "monday:friday", "sunday"
Result<IntRange> parse_days_of_month(std::string_view text);
Result<IntRange> parse_months(std::string_view text);  // "january:march", "1:3"
Result<IntRange> parse_years(std::string_view text);

}  // namespace vigie::controller::routing
