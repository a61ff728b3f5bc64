// Zones of the system's tz database through the date library, and the years after its tables.
#include "shared/calendar/zone.hpp"

#define USE_OS_TZDB 1
#define HAS_REMOTE_API 0
#include <date/tz.h>

namespace vigie {
namespace {
using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using std::chrono::year_month_day;

// The compiled tables list each transition up to this year; the rule that goes on after it is not read by the library.
constexpr year table_end{2037};

constexpr std::chrono::weekday weekday_of(year_month_day day) {
    return std::chrono::weekday{sys_days{day}};
}

// A year of the table's last eleven whose months fall on the same weekdays as those of `wanted`: from March on any year
// with the same first of March does, before it one with the same first of January. Each weekday occurs among the eleven
// for both, and no zone changes its clocks by a rule on 29 February.
year equivalent_year(year wanted, month in) {
    const month first = in >= std::chrono::March ? std::chrono::March : std::chrono::January;
    for (year candidate = table_end; candidate > table_end - std::chrono::years{11}; --candidate) {
        if (weekday_of(candidate / first / 1) == weekday_of(wanted / first / 1)) {
            return candidate;
        }
    }
    return table_end;
}

// The same time of the same month and day in a year that the table covers.
sys_seconds into_table(sys_seconds time) {
    const auto midnight = floor<days>(time);
    const year_month_day day{midnight};
    const auto mapped = equivalent_year(day.year(), day.month()) / day.month() / day.day();
    const auto valid = mapped.ok() ? sys_days{mapped} : sys_days{mapped.year() / mapped.month() / std::chrono::last};
    return valid + (time - midnight);
}
}  // namespace

Result<Zone> Zone::find(std::string_view name) {
    try {
        return Zone(std::string(name), date::locate_zone(name));
    } catch (const std::exception&) {
        return fail(ErrorCode::not_found,
                    "time zone '{}' is not in /usr/share/zoneinfo: write it as Europe/Berlin or UTC", name);
    }
}

seconds Zone::offset_at(sys_seconds time) const {
    const auto found = rules_->get_info(time);
    const bool is_after_table = year_month_day{floor<days>(time)}.year() > table_end;
    const bool is_last = year_month_day{floor<days>(found.end)}.year() > table_end + std::chrono::years{400};
    const bool ends_by_rule = year_month_day{floor<days>(found.begin)}.year() == table_end;
    if (is_after_table && is_last && ends_by_rule) {
        return rules_->get_info(into_table(time)).offset;
    }
    return found.offset;
}

std::optional<sys_seconds> Zone::first_instant_of(local_seconds local) const {
    // Offsets are within 14 h of UTC and a skipped day is 24 h, so a day and a half either way lies outside of a
    // change.
    constexpr std::chrono::hours reach{36};
    const sys_seconds as_utc{local.time_since_epoch()};
    const auto before = offset_at(as_utc - reach);
    const auto after = offset_at(as_utc + reach);
    for (const auto offset : {std::max(before, after), std::min(before, after)}) {  // the larger one is the earlier
        if (offset_at(as_utc - offset) == offset) {
            return as_utc - offset;
        }
    }
    if (after - before > gap_caught_up_max) {
        return std::nullopt;
    }
    auto low = as_utc - reach;
    auto high = as_utc + reach;
    while (high - low > seconds{1}) {
        const auto middle = low + (high - low) / 2;
        (offset_at(middle) == before ? low : high) = middle;
    }
    return high;
}

}  // namespace vigie
