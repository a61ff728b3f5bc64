// Turns are counted in handovers that have passed, each at the instant that the zone's clocks show its time: so one
// turn is an hour shorter or longer when clocks change, and no one is skipped.
#include "controller/oncall/rota.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace vigie::controller::oncall {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::sys_seconds;
using std::chrono::weekday;

// Further from a time than any change of a zone's offset moves clocks.
constexpr std::chrono::hours reach{36};

sys_seconds utc_of(WallTime at) {
    return sys_seconds{floor<seconds>(at.time_since_epoch())};
}
WallTime wall_of(sys_seconds at) {
    return WallTime{at.time_since_epoch()};
}
local_days day_of(const Zone& zone, sys_seconds at) {
    return floor<days>(local_seconds{at.time_since_epoch() + zone.offset_at(at)});
}

// The last day whose time of the handover has come. A day that a zone skips has none.
local_days last_handover_day(const Zone& zone, minutes time_of_day, sys_seconds at) {
    const auto today = day_of(zone, at);
    for (auto day = today + days{1}; day > today - days{2}; day -= days{1}) {
        if (const auto instant = zone.first_instant_of(day + time_of_day); instant && *instant <= at) {
            return day;
        }
    }
    return today - days{2};
}

// How many handovers lie between the layer's start and the day's; nullopt before the start.
std::optional<int64_t> turns_until(const Layer& layer, local_days day) {
    if (day < layer.starts) {
        return std::nullopt;
    }
    if (!layer.handover.weekday) {
        return (day - layer.starts).count();
    }
    const weekday wanted{static_cast<unsigned>(*layer.handover.weekday)};
    const auto after = layer.starts + days{1};
    const auto first = after + (wanted - weekday{after});
    return day < first ? 0 : (day - first).count() / 7 + 1;
}

const std::string* person_of(const Rota& rota, const Layer& layer, WallTime at) {
    if (!routing::is_in(layer.hours, at)) {
        return nullptr;
    }
    const auto day = last_handover_day(rota.zone, layer.handover.time_of_day, utc_of(at));
    const auto turn = turns_until(layer, day);
    return turn ? &layer.people[static_cast<size_t>(*turn) % layer.people.size()] : nullptr;
}

// When clocks may show the time: also what comes again as they are put back, and the end of the gap that it falls into.
void add_instants(const Zone& zone, local_seconds local, std::set<WallTime>& into) {
    const sys_seconds as_utc{local.time_since_epoch()};
    for (const auto around : {as_utc - reach, as_utc + reach}) {
        into.insert(wall_of(as_utc - zone.offset_at(around)));
    }
    if (const auto first = zone.first_instant_of(local)) {
        into.insert(wall_of(*first));
    }
}

// All times between the two at which somebody else may be on call, and some more.
std::set<WallTime> possible_changes(const Rota& rota, std::span<const Override> overrides, WallTime from,
                                    WallTime until) {
    std::set<WallTime> times;
    const auto last = day_of(rota.zone, utc_of(until)) + days{1};
    for (auto day = day_of(rota.zone, utc_of(from)) - days{1}; day <= last; day += days{1}) {
        add_instants(rota.zone, day, times);  // hours that hold on some days
        for (const auto& layer : rota.layers) {
            add_instants(rota.zone, day + layer.handover.time_of_day, times);
            for (const auto& range : layer.hours.times) {
                add_instants(rota.zone, day + minutes{range.begin}, times);
                add_instants(rota.zone, day + minutes{range.end}, times);
            }
        }
    }
    for (const auto& one : overrides) {
        times.insert(one.from);
        times.insert(one.until);
    }
    times.insert(from);
    times.erase(times.begin(), times.lower_bound(from));
    times.erase(times.lower_bound(until), times.end());
    return times;
}

bool is_over(const Rota& rota, const Override& one, WallTime at) {
    return one.rota == rota.name && one.from <= at && at < one.until;
}

}  // namespace

std::optional<Duty> who(const Rota& rota, std::span<const Override> overrides, WallTime at) {
    const Override* newest = nullptr;
    for (const auto& one : overrides) {
        const bool is_newer = newest == nullptr || one.created_at > newest->created_at ||
                              (one.created_at == newest->created_at && one.id > newest->id);
        newest = is_over(rota, one, at) && is_newer ? &one : newest;
    }
    if (newest != nullptr) {
        return Duty{newest->person, "", newest->id};
    }
    for (auto layer = rota.layers.rbegin(); layer != rota.layers.rend(); ++layer) {
        if (const auto* person = person_of(rota, *layer, at)) {
            return Duty{*person, layer->name, ""};
        }
    }
    return std::nullopt;
}

std::vector<Shift> shifts_of(const Rota& rota, std::span<const Override> overrides, WallTime from, WallTime until) {
    std::vector<Shift> shifts;
    for (const auto at : possible_changes(rota, overrides, from, until)) {
        if (!shifts.empty() && shifts.back().until == until) {
            shifts.back().until = at;
        }
        const auto duty = who(rota, overrides, at);
        if (!duty) {
            continue;
        }
        const bool is_same = !shifts.empty() && shifts.back().until == at && shifts.back().duty == *duty;
        if (is_same) {
            shifts.back().until = until;
        } else {
            shifts.push_back({at, until, *duty});
        }
    }
    return shifts;
}

Result<Handover> parse_handover(std::string_view text) {
    const auto wrong = [text] {
        return fail(ErrorCode::malformed, "'{}' is no handover such as 'daily 09:00' or 'weekly monday 09:00'", text);
    };
    const auto last = text.rfind(' ');
    if (last == std::string_view::npos) {
        return wrong();
    }
    const auto time = routing::parse_minute_of_day(text.substr(last + 1));
    if (!time || *time >= 24 * 60) {
        return wrong();
    }
    Handover handover{.weekday = std::nullopt, .time_of_day = minutes{*time}};
    const auto before = text.substr(0, last);
    if (before == "daily") {
        return handover;
    }
    constexpr std::string_view weekly = "weekly ";
    const auto day = before.starts_with(weekly) ? routing::parse_weekdays(before.substr(weekly.size()))
                                                : Result<routing::IntRange>(wrong());
    if (!day || day->first != day->last) {
        return wrong();
    }
    handover.weekday = day->first;
    return handover;
}

Result<local_days> parse_date(std::string_view text) {
    const auto number = [text](size_t from, size_t count) {
        int value = -1;
        const auto* end = text.data() + from + count;
        const auto read = std::from_chars(text.data() + from, end, value);
        return read.ec == std::errc{} && read.ptr == end ? value : -1;
    };
    const bool has_form = text.size() == 10 && text[4] == '-' && text[7] == '-';
    const int year = has_form ? number(0, 4) : -1;
    const int month = has_form ? number(5, 2) : -1;
    const int day = has_form ? number(8, 2) : -1;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (year < 1970 || year > 9000 || month < 1 || day < 1 || !date.ok()) {
        return fail(ErrorCode::malformed, "'{}' is no date such as 2026-11-30", text);
    }
    return local_days{date};
}

}  // namespace vigie::controller::oncall
