// When to rotate.
#include "agent/logs/verdict.hpp"

#include <ctime>
#include <tuple>

#include "shared/core/units.hpp"

namespace vigie::agent::logs {
namespace {

// With maxsize a run can rotate late in the evening; a daily rotation minutes later, at the change of date, would make
// an archive of nothing. Half a day keeps one rotation a day for a timer that runs daily.
constexpr auto daily_gap_min = 12h;
// logrotate's own tolerance for clocks and time zones before it distrusts a date in the future.
constexpr auto future_max = 25h;
constexpr auto day_length = 24h;

struct LocalTime {
    std::tm calendar{};
    int64_t day = 0;   // counted
    int64_t hour = 0;  // counted; the hour that a clock shows twice when summer time ends is two
};

LocalTime local(WallTime time) {
    LocalTime at;
    const auto utc = static_cast<time_t>(std::chrono::floor<seconds>(time.time_since_epoch()).count());
    localtime_r(&utc, &at.calendar);
    const auto floored = [](int64_t value, int64_t by) { return (value - (((value % by) + by) % by)) / by; };
    at.day = floored(utc + at.calendar.tm_gmtoff, 24L * 3600);
    at.hour = floored(utc + at.calendar.tm_gmtoff % 3600, 3600);  // some zones are half an hour off
    return at;
}

constexpr int month_days_max = 31;

// `monthly 31` means the last day where a month has no 31st.
bool is_last_of_month(std::tm day) {
    const int month = day.tm_mon;
    ++day.tm_mday;
    day.tm_isdst = -1;
    static_cast<void>(std::mktime(&day));
    return day.tm_mon != month;
}

bool has_period_passed(const Block& block, const LocalTime& last, const LocalTime& now) {
    switch (block.criterion) {
        case Criterion::hourly:
            return now.hour > last.hour;
        case Criterion::weekly:
            return now.day >= last.day + 7 || (now.day > last.day && now.calendar.tm_wday == block.weekday);
        case Criterion::monthly:
            return now.day >= last.day + month_days_max ||
                   (std::tie(now.calendar.tm_year, now.calendar.tm_mon) >
                        std::tie(last.calendar.tm_year, last.calendar.tm_mon) &&
                    (now.calendar.tm_mday >= block.monthday || is_last_of_month(now.calendar)));
        case Criterion::yearly:
            return now.calendar.tm_year > last.calendar.tm_year;
        case Criterion::daily:
        case Criterion::size:
            break;
    }
    return now.day > last.day;
}

// "a day has passed", "already rotated today", "first seen, not a day old"
struct PeriodWords {
    std::string_view one;
    std::string_view current;
};
PeriodWords words_of(Criterion criterion) {
    switch (criterion) {
        case Criterion::hourly:
            return {"an hour", "this hour"};
        case Criterion::weekly:
            return {"a week", "this week"};
        case Criterion::monthly:
            return {"a month", "this month"};
        case Criterion::yearly:
            return {"a year", "this year"};
        case Criterion::daily:
        case Criterion::size:
            break;
    }
    return {"a day", "today"};
}

Verdict judge_period(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now) {
    const auto since = last.value_or(log.since);
    if (since > now + future_max) {
        return {true, "its last rotation lies in the future"};
    }
    const auto words = words_of(block.criterion);
    if (!has_period_passed(block, local(since), local(now))) {
        return {false, last ? fmt::format("already rotated {}", words.current)
                            : fmt::format("first seen, not {} old", words.one)};
    }
    if (block.criterion == Criterion::daily && block.max_bytes && last && now - since < daily_gap_min) {
        return {false, "rotated less than 12 hours ago"};
    }
    return {true, fmt::format("{} has passed", words.one)};
}

Verdict judge_criterion(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now) {
    if (block.max_bytes && log.size > *block.max_bytes) {
        return {true, fmt::format("larger than maxsize {}", format_bytes(Bytes{*block.max_bytes}))};
    }
    if (block.criterion == Criterion::size) {
        return {log.size >= block.size_bytes,
                fmt::format("{} of {}", format_bytes(Bytes{log.size}), format_bytes(Bytes{block.size_bytes}))};
    }
    auto verdict = judge_period(block, log, last, now);
    if (verdict.is_due && block.min_bytes && log.size < *block.min_bytes) {
        return {false, fmt::format("smaller than minsize {}", format_bytes(Bytes{*block.min_bytes}))};
    }
    if (verdict.is_due && block.min_age_days && now - log.written <= *block.min_age_days * day_length) {
        return {false, fmt::format("written to less than {} days ago", *block.min_age_days)};
    }
    return verdict;
}

}  // namespace

Verdict judge(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now, bool force) {
    auto verdict = force ? Verdict{true, "forced"} : judge_criterion(block, log, last, now);
    if (verdict.is_due && block.notifempty && log.size == 0) {
        return {false, "empty"};
    }
    return verdict;
}

}  // namespace vigie::agent::logs
