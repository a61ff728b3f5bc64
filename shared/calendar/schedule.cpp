// Schedules from text, and their instants.
#include "shared/calendar/schedule.hpp"

#include <charconv>
#include <span>

#include "shared/core/assert.hpp"

namespace vigie {
namespace {
using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::sys_seconds;

constexpr size_t schedule_text_max = 256;  // far over the longest expression a person writes

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        const auto start = text.find_first_not_of(" \t");
        if (start == text.npos) {
            return words;
        }
        text.remove_prefix(start);
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

// Two digits below `limit`; nullopt for another thing.
std::optional<int> parse_two_digits(std::string_view text, int limit) {
    int value = 0;
    if (text.size() != 2) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, value);
    const bool is_number = error == std::errc{} && end == text.data() + 2;
    return is_number && value >= 0 && value < limit ? std::optional(value) : std::nullopt;
}

// "02:30" or "02:30:15".
std::optional<seconds> parse_time_of_day(std::string_view text) {
    if ((text.size() != 5 && text.size() != 8) || text[2] != ':' || (text.size() == 8 && text[5] != ':')) {
        return std::nullopt;
    }
    const auto hour = parse_two_digits(text.substr(0, 2), 24);
    const auto minute = parse_two_digits(text.substr(3, 2), 60);
    const auto second = text.size() == 8 ? parse_two_digits(text.substr(6), 60) : std::optional(0);
    if (!hour || !minute || !second) {
        return std::nullopt;
    }
    return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + seconds{*second};
}

Result<Zone> parse_zone(std::span<const std::string_view> words, std::string_view text) {
    if (words.size() > 1) {
        return fail(ErrorCode::malformed, "schedule '{}': unexpected '{}' after the time zone", text, words[1]);
    }
    auto zone = Zone::find(words.empty() ? "UTC" : words[0]);
    if (!zone) {
        return fail(zone.error().at(fmt::format("schedule '{}'", text)));
    }
    return zone;
}

Result<Schedule> parse_interval(std::span<const std::string_view> words, std::string_view text) {
    if (words.empty()) {
        return fail(ErrorCode::malformed, "schedule '{}': write how often, such as every 15m", text);
    }
    auto period = parse_duration(words[0]);
    if (!period) {
        return fail(period.error().at(fmt::format("schedule '{}'", text)));
    }
    if (*period < schedule_period_min || *period > schedule_period_max || *period % 1s != 0ms) {
        return fail(ErrorCode::malformed, "schedule '{}': the interval must be whole seconds, from 1s to 366d", text);
    }
    IntervalTimes times{std::chrono::duration_cast<seconds>(*period), wall_from_unix_ms(0)};
    if (words.size() == 3 && words[1] == "from") {
        auto anchor = parse_rfc3339(words[2]);
        if (!anchor) {
            return fail(anchor.error().at(fmt::format("schedule '{}'", text)));
        }
        times.anchor = *anchor;
    } else if (words.size() > 1) {
        return fail(ErrorCode::malformed,
                    "schedule '{}': unexpected '{}': an interval follows real time and takes only 'from INSTANT'", text,
                    words[1]);
    }
    return Schedule{std::string(text), times};
}

WallTime next_of(const IntervalTimes& times, WallTime after) {
    const milliseconds period = times.period;
    auto past = (after - times.anchor) % period;
    if (past < 0ms) {
        past += period;
    }
    return after - past + period;
}

WallTime next_of(const HourlyTimes& times, WallTime after) {
    const auto offset =
        times.zone.offset_at(floor<seconds>(std::chrono::sys_time<milliseconds>(after.time_since_epoch())));
    return next_of(IntervalTimes{std::chrono::hours{1}, wall_from_unix_ms(0) - offset}, after);
}

WallTime next_of(const DailyTimes& times, WallTime after) {
    const auto now = floor<seconds>(std::chrono::sys_time<milliseconds>(after.time_since_epoch()));
    const local_seconds local{(now + times.zone.offset_at(now)).time_since_epoch()};
    auto day = floor<days>(local) - days{1};
    // Yesterday's time may lie after `after` where a date line was crossed; a skipped day makes one more step.
    for (int step = 0; step < 8; ++step, day += days{1}) {
        const auto instant = times.zone.first_instant_of(day + times.time_of_day);
        if (instant && *instant > std::chrono::sys_time<milliseconds>(after.time_since_epoch())) {
            return WallTime{instant->time_since_epoch()};
        }
    }
    VIGIE_ASSERT(!"a daily time occurs within a week");
}
}  // namespace

Result<Schedule> parse_schedule(std::string_view text) {
    if (text.size() > schedule_text_max) {
        return fail(ErrorCode::too_large, "schedule '{}…' has more than {} characters", text.substr(0, 40),
                    schedule_text_max);
    }
    const auto all = split_words(text);
    if (all.empty()) {
        return fail(ErrorCode::malformed, "the schedule is empty: write 'every 15m' or '02:30 Europe/Berlin'");
    }
    std::span<const std::string_view> words(all);
    if (words[0] == "every") {
        return parse_interval(words.subspan(1), text);
    }
    if (words[0] == "hourly") {
        VIGIE_TRY(auto zone, parse_zone(words.subspan(1), text));
        return Schedule{std::string(text), HourlyTimes{std::move(zone)}};
    }
    const bool is_daily = words[0] == "daily";
    if (is_daily) {
        words = words.subspan(1);
    }
    const auto time = words.empty() ? std::nullopt : parse_time_of_day(words[0]);
    if (!time && !is_daily) {
        return fail(ErrorCode::unsupported,
                    "schedule '{}' is not understood: write 'every 15m', 'hourly', 'daily' or '02:30 Europe/Berlin'",
                    text);
    }
    VIGIE_TRY(auto zone, parse_zone(time ? words.subspan(1) : words, text));
    return Schedule{std::string(text), DailyTimes{time.value_or(0s), std::move(zone)}};
}

WallTime next_after(const Schedule& schedule, WallTime after) {
    return std::visit([after](const auto& times) { return next_of(times, after); }, schedule.times);
}

std::optional<WallTime> last_at_or_before(const Schedule& schedule, WallTime at) {
    // Looks from ever further back, so that the walk forward is short whatever the period is.
    for (milliseconds back = 2s; back <= 400 * 24h; back *= 2) {
        auto last = next_after(schedule, at - back);
        if (last > at) {
            continue;
        }
        for (auto next = last; next <= at; next = next_after(schedule, next)) {
            last = next;
        }
        return last;
    }
    return std::nullopt;
}

}  // namespace vigie
