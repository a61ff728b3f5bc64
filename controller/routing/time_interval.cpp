#include "controller/routing/time_interval.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vigie::controller::routing {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> weekday_names{"sunday",   "monday", "tuesday", "wednesday",
                                                        "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> month_names{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};

// Further from a time than any change of a zone's offset moves clocks.
constexpr std::chrono::hours reach{36};

std::optional<sys_seconds> first_instant(const std::optional<Zone>& zone, local_seconds local) {
    return zone ? zone->first_instant_of(local) : sys_seconds{local.time_since_epoch()};
}

std::optional<sys_seconds> last_instant(const std::optional<Zone>& zone, local_seconds local) {
    const auto first = first_instant(zone, local);
    if (!zone || !first) {
        return first;
    }
    const auto offset = zone->offset_at(sys_seconds{local.time_since_epoch()} + reach);
    const sys_seconds later{local.time_since_epoch() - offset};
    return zone->offset_at(later) == offset ? std::max(*first, later) : first;
}

bool is_in_times(const TimeInterval& interval, local_days day, sys_seconds at) {
    return interval.times.empty() ||
           std::any_of(interval.times.begin(), interval.times.end(), [&](const MinuteRange& range) {
               const auto begin = first_instant(interval.zone, day + minutes{range.begin});
               const auto end = last_instant(interval.zone, day + minutes{range.end});
               return begin && end && *begin <= at && at < *end;
           });
}

bool is_in_ranges(const std::vector<IntRange>& ranges, int value) {
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [value](const IntRange& range) {
               return range.first <= value && value <= range.last;
           });
}

bool is_in_month_days(const std::vector<IntRange>& ranges, year_month_day date) {
    const auto day = static_cast<int>(static_cast<unsigned>(date.day()));
    const std::chrono::year_month_day_last last_day{date.year(), std::chrono::month_day_last{date.month()}};
    const auto length = static_cast<int>(static_cast<unsigned>(last_day.day()));
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [&](const IntRange& range) {
               const auto first = range.first < 0 ? length + range.first + 1 : range.first;
               const auto last = range.last < 0 ? length + range.last + 1 : range.last;
               return first <= day && day <= last;
           });
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return out;
}

template <size_t Count>
std::optional<int> index_of(const std::array<std::string_view, Count>& names, std::string_view name) {
    const auto* found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt : std::optional(static_cast<int>(found - names.begin()));
}

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// "a:b" or "a", each end by `value_of`.
template <typename Read>
Result<IntRange> parse_range(std::string_view text, std::string_view what, const Read& value_of) {
    const auto colon = text.find(':');
    const auto first = value_of(lowered(text.substr(0, colon)));
    const auto last = colon == std::string_view::npos ? first : value_of(lowered(text.substr(colon + 1)));
    if (!first || !last) {
        return fail(ErrorCode::malformed, "'{}' is no {}", text, what);
    }
    return IntRange{*first, *last};
}

Result<IntRange> in_order(Result<IntRange> range, std::string_view text) {
    if (range && range->first > range->last) {
        return fail(ErrorCode::malformed, "'{}' ends before it begins", text);
    }
    return range;
}

}  // namespace

bool is_in(const TimeInterval& interval, WallTime at) {
    const sys_seconds utc{floor<std::chrono::seconds>(at.time_since_epoch())};
    const auto offset = interval.zone ? interval.zone->offset_at(utc) : std::chrono::seconds{0};
    const local_seconds local{utc.time_since_epoch() + offset};
    const auto day = floor<days>(local);
    const year_month_day date{day};
    return is_in_times(interval, day, utc) &&
           is_in_ranges(interval.weekdays, static_cast<int>(std::chrono::weekday{day}.c_encoding())) &&
           is_in_month_days(interval.days_of_month, date) &&
           is_in_ranges(interval.months, static_cast<int>(static_cast<unsigned>(date.month()))) &&
           is_in_ranges(interval.years, static_cast<int>(date.year()));
}

bool is_in_any(const std::vector<TimeInterval>& intervals, WallTime at) {
    return std::any_of(intervals.begin(), intervals.end(), [at](const auto& one) { return is_in(one, at); });
}

Result<int> parse_minute_of_day(std::string_view text) {
    const auto hour = text.size() == 5 ? number_of(text.substr(0, 2)) : std::nullopt;
    const auto minute = text.size() == 5 ? number_of(text.substr(3)) : std::nullopt;
    const bool is_good = hour && minute && text[2] == ':' && *hour >= 0 && *minute >= 0 && *minute < 60 &&
                         (*hour < 24 || text == "24:00");
    if (!is_good) {
        return fail(ErrorCode::malformed, "'{}' is no time of day such as 09:30 or 24:00", text);
    }
    return *hour * 60 + *minute;
}

Result<IntRange> parse_weekdays(std::string_view text) {
    return in_order(parse_range(text, "weekday, or range of them such as monday:friday",
                                [](const std::string& name) { return index_of(weekday_names, name); }),
                    text);
}

Result<IntRange> parse_days_of_month(std::string_view text) {
    VIGIE_TRY(const auto range, parse_range(text, "day of a month, or range of them such as 1:7 or -3:-1",
                                            [](const std::string& word) { return number_of(word); }));
    const auto is_day = [](int day) { return day != 0 && day >= -31 && day <= 31; };
    if (!is_day(range.first) || !is_day(range.last)) {
        return fail(ErrorCode::malformed, "'{}': a month has days 1 to 31, from its end -1 to -31", text);
    }
    if (range.first < 0 && range.last > 0) {
        return fail(ErrorCode::malformed, "'{}': what begins with a day from the end must end with one", text);
    }
    const bool is_same_side = (range.first < 0) == (range.last < 0);
    return is_same_side ? in_order(range, text) : range;
}

Result<IntRange> parse_months(std::string_view text) {
    return in_order(parse_range(text, "month, or range of them such as january:march or 1:3",
                                [](const std::string& word) -> std::optional<int> {
                                    if (const auto named = index_of(month_names, word)) {
                                        return *named + 1;
                                    }
                                    const auto number = number_of(word);
                                    return number && *number >= 1 && *number <= 12 ? number : std::nullopt;
                                }),
                    text);
}

Result<IntRange> parse_years(std::string_view text) {
    return in_order(parse_range(text, "year, or range of them such as 2026:2028",
                                [](const std::string& word) { return number_of(word); }),
                    text);
}

}  // namespace vigie::controller::routing
