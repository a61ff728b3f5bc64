// Days are counted from the year -292277022399, before which 64 bits of seconds don't reach, so that nothing is
// negative. As there, seconds wrap around.
#include "controller/query/dates.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace vigie::controller::query {
namespace {

constexpr uint64_t seconds_per_day = 86'400;
constexpr uint64_t days_per_400_years = 365 * 400 + 97;
constexpr uint64_t days_per_100_years = 365 * 100 + 24;
constexpr uint64_t days_per_4_years = 365 * 4 + 1;
constexpr int64_t zero_year = -292'277'022'399;
// From that year to 1970: to the year 1 in 365.2425 days each, then to 1970.
constexpr uint64_t zero_to_year_1_seconds = 9'223'371'966'579'724'800U;
constexpr uint64_t year_1_to_1970_seconds = 62'135'596'800U;
constexpr int weekday_of_zero = 1;  // a Monday

constexpr int days_before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t seconds_of(double seconds) {
    const bool is_inside = seconds >= -0x1p63 && seconds < 0x1p63;
    return is_inside ? static_cast<int64_t>(seconds) : std::numeric_limits<int64_t>::min();
}

void set_month(Date& date) {
    int day = date.day_of_year - 1;
    const bool has_leap_day = is_leap(date.year);
    for (int month = 1; month <= 12; ++month) {
        const int length =
            days_before_month[month] - days_before_month[month - 1] + (has_leap_day && month == 2 ? 1 : 0);
        if (day < length) {
            date.month = month;
            date.day = day + 1;
            date.days_in_month = length;
            return;
        }
        day -= length;
    }
}

}  // namespace

Date date_of(double unix_seconds) {
    const uint64_t seconds =
        static_cast<uint64_t>(seconds_of(unix_seconds)) + year_1_to_1970_seconds + zero_to_year_1_seconds;
    Date date;
    date.hour = static_cast<int>(seconds % seconds_per_day / 3600);
    date.minute = static_cast<int>(seconds % 3600 / 60);
    uint64_t days = seconds / seconds_per_day;
    date.weekday = static_cast<int>((days + weekday_of_zero) % 7);
    uint64_t years = days / days_per_400_years * 400;
    days %= days_per_400_years;
    // The last of four centuries, and of four years, is longer by a day that starts no fifth one.
    const uint64_t centuries = std::min<uint64_t>(days / days_per_100_years, 3);
    years += centuries * 100;
    days -= centuries * days_per_100_years;
    years += days / days_per_4_years * 4;
    days %= days_per_4_years;
    const uint64_t rest = std::min<uint64_t>(days / 365, 3);
    years += rest;
    days -= rest * 365;
    date.year = static_cast<int64_t>(years) + zero_year;
    date.day_of_year = static_cast<int>(days) + 1;
    set_month(date);
    return date;
}

DatePart date_part(std::string_view function) {
    static const std::unordered_map<std::string_view, DatePart> parts{
        {"year", [](const Date& date) { return static_cast<double>(date.year); }},
        {"month", [](const Date& date) { return static_cast<double>(date.month); }},
        {"day_of_month", [](const Date& date) { return static_cast<double>(date.day); }},
        {"day_of_year", [](const Date& date) { return static_cast<double>(date.day_of_year); }},
        {"day_of_week", [](const Date& date) { return static_cast<double>(date.weekday); }},
        {"days_in_month", [](const Date& date) { return static_cast<double>(date.days_in_month); }},
        {"hour", [](const Date& date) { return static_cast<double>(date.hour); }},
        {"minute", [](const Date& date) { return static_cast<double>(date.minute); }},
    };
    const auto found = parts.find(function);
    return found == parts.end() ? nullptr : found->second;
}

}  // namespace vigie::controller::query
