// Times and durations as text. Pure; the clocks are in shared/os.
#include "shared/core/time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <optional>

namespace vigie {

std::string to_rfc3339(WallTime time) {
    const auto ms = unix_ms(time);
    const auto part = ((ms % 1000) + 1000) % 1000;
    const time_t whole = static_cast<time_t>((ms - part) / 1000);
    std::tm utc{};
    gmtime_r(&whole, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, part);
}

namespace {
// Milliseconds of a zone suffix: "Z" or "+01:00"; nullopt when it is neither.
std::optional<milliseconds> parse_zone(std::string_view zone) {
    if (zone == "Z" || zone == "z") {
        return 0ms;
    }
    int hours = 0;
    int minutes = 0;
    char sign = 0;
    int used = 0;
    const std::string copy(zone);
    if (std::sscanf(copy.c_str(), "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 ||
        used != static_cast<int>(zone.size()) || (sign != '+' && sign != '-') || hours < 0 || hours > 23 ||
        minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    const milliseconds offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    return sign == '+' ? offset : -offset;
}
}  // namespace

Result<WallTime> parse_rfc3339(std::string_view text) {
    std::tm utc{};
    int used = 0;
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                    &utc.tm_min, &utc.tm_sec, &used) != 6) {
        return fail(ErrorCode::malformed, "time '{}' is not RFC 3339, such as 2026-11-25T01:02:03Z", text);
    }
    auto rest = text.substr(static_cast<size_t>(used));
    double fraction = 0;
    if (!rest.empty() && rest.front() == '.') {
        const auto end = rest.find_first_not_of("0123456789", 1);
        std::from_chars(rest.data(), rest.data() + (end == rest.npos ? rest.size() : end), fraction);
        rest.remove_prefix(end == rest.npos ? rest.size() : end);
    }
    const auto offset = parse_zone(rest);
    if (!offset) {
        return fail(ErrorCode::malformed, "time '{}' has no zone: end it with Z or +01:00", text);
    }
    // timegm would carry the excess over: 2026-02-30 would be a day in March.
    const std::chrono::year_month_day day{std::chrono::year{utc.tm_year},
                                          std::chrono::month{static_cast<unsigned>(utc.tm_mon)},
                                          std::chrono::day{static_cast<unsigned>(utc.tm_mday)}};
    const auto is_below = [](int value, int limit) { return value >= 0 && value < limit; };
    if (!day.ok() || !is_below(utc.tm_hour, 24) || !is_below(utc.tm_min, 60) || !is_below(utc.tm_sec, 61)) {
        return fail(ErrorCode::malformed, "time '{}' does not exist", text);
    }
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    const milliseconds since{static_cast<int64_t>(timegm(&utc)) * 1000 + std::llround(fraction * 1000)};
    return WallTime{since - *offset};
}

namespace {
struct DurationUnit {
    std::string_view name;
    int64_t ms;
};
// From large to small, as Prometheus's duration syntax wants them. A year is 365 days there.
constexpr std::array<DurationUnit, 7> duration_units{{{"y", 365LL * 86'400'000},
                                                      {"w", 7LL * 86'400'000},
                                                      {"d", 86'400'000},
                                                      {"h", 3'600'000},
                                                      {"m", 60'000},
                                                      {"s", 1'000},
                                                      {"ms", 1}}};
}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
    int64_t total = 0;
    size_t next_unit = 0;
    auto rest = text;
    if (text == "0") {
        return 0ms;
    }
    while (!rest.empty()) {
        int64_t count = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
        const std::string_view after(end, static_cast<size_t>(rest.data() + rest.size() - end));
        const auto name = after.substr(0, after.find_first_of("0123456789"));
        const auto unit = std::find_if(duration_units.begin() + static_cast<long>(next_unit), duration_units.end(),
                                       [&](const DurationUnit& u) { return u.name == name; });
        if (error != std::errc{} || count < 0 || unit == duration_units.end()) {
            break;
        }
        int64_t part = 0;
        if (__builtin_mul_overflow(count, unit->ms, &part) || __builtin_add_overflow(total, part, &total)) {
            return fail(ErrorCode::too_large, "duration '{}' is too long", text);
        }
        next_unit = static_cast<size_t>(unit - duration_units.begin()) + 1;
        rest = after.substr(name.size());
    }
    if (text.empty() || !rest.empty()) {
        return fail(ErrorCode::malformed, "'{}' is not a duration: write it as 30s, 5m, 1h30m or 2d", text);
    }
    return milliseconds{total};
}

std::string format_duration(milliseconds duration) {
    auto left = duration.count();
    std::string text = left < 0 ? "-" : "";
    left = left < 0 ? -left : left;
    for (const auto& unit : duration_units) {
        // Weeks and years read worse than days.
        if (unit.name != "y" && unit.name != "w" && left >= unit.ms) {
            text += fmt::format("{}{}", left / unit.ms, unit.name);
            left %= unit.ms;
        }
    }
    return text.empty() ? "0s" : text;
}

}  // namespace vigie
