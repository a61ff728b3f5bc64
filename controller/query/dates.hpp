// Parts of a date in UTC, for every number of seconds that Go's time package takes.
#pragma once
#include <cstdint>
#include <string_view>

namespace vigie::controller::query {

struct Date {
    int64_t year = 1970;
    int month = 1;        // 1 to 12
    int day = 1;          // 1 to 31
    int day_of_year = 1;  // 1 to 366
    int weekday = 4;      // 0 is Sunday
    int hour = 0;
    int minute = 0;
    int days_in_month = 31;
};
// Seconds since 1970. NaN and what 64 bits don't hold count as the smallest 64-bit number, as on Go's amd64.
Date date_of(double unix_seconds);

// What hour(), day_of_week() and the others take of it; null: no function of dates.
using DatePart = double (*)(const Date&);
DatePart date_part(std::string_view function);

}  // namespace vigie::controller::query
