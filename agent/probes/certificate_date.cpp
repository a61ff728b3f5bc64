// ASN1_TIME_print(3ssl)'s form.
#include "agent/probes/certificate_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// "03:00:00", perhaps with a fraction.
std::optional<seconds> time_of_day(std::string_view text) {
    text = text.substr(0, text.find('.'));
    const auto hour = number_in<int>(cut(text, ':'));
    const auto minute = number_in<int>(cut(text, ':'));
    const auto second = number_in<int>(text);
    const auto is_within = [](const std::optional<int>& number, int max) {
        return number && *number >= 0 && *number <= max;
    };
    if (!is_within(hour, 23) || !is_within(minute, 59) || !is_within(second, 60)) {
        return std::nullopt;
    }
    return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + seconds{*second};
}

}  // namespace

std::optional<WallTime> parse_certificate_date(std::string_view text) {
    const auto month = std::find(months.begin(), months.end(), next_field(text));
    const auto day = number_in<unsigned>(next_field(text));
    const auto time = time_of_day(next_field(text));
    const auto year = number_in<int>(next_field(text));
    if (month == months.end() || !day || !time || !year || *year < 0 || *year > 9999 || next_field(text) != "GMT") {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                           std::chrono::day{*day}};
    if (!date.ok()) {
        return std::nullopt;
    }
    const auto since_1970 = std::chrono::sys_days{date}.time_since_epoch() + *time;
    return wall_from_unix_ms(std::chrono::duration_cast<milliseconds>(since_1970).count());
}

}  // namespace vigie::agent
