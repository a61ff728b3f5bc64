// Who is on call when: layers of people who take turns, and overrides. Pure; the environment's time zone plays no part.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controller/oncall/override.hpp"
#include "controller/routing/time_interval.hpp"
#include "shared/calendar/zone.hpp"

namespace vigie::controller::oncall {

// When one turn ends and the next begins, by the clocks of the rota's zone. A time inside a gap of the clocks is the
// end of the gap; one that clocks show twice is the first.
struct Handover {
    std::optional<int> weekday;  // 0 is Sunday; nullopt: each day
    std::chrono::minutes time_of_day{};
};

struct Layer {
    std::string name;
    std::vector<std::string> people;  // in turn, from the first one on; never empty
    Handover handover;
    // The first turn begins on this day at the time of the handover. Of a weekly one on another weekday it is the
    // shorter for it.
    std::chrono::local_days starts{};
    // The hours in which it counts; with nothing in it always. Its zone is the rota's.
    routing::TimeInterval hours;
};

struct Rota {
    std::string name;
    Zone zone;
    std::vector<Layer> layers;  // where several have somebody, the last one counts
};

struct Duty {
    std::string person;
    std::string layer;        // its name; "" of an override
    std::string override_id;  // "" of a layer
    bool operator==(const Duty&) const = default;
};

struct Shift {
    WallTime from{};
    WallTime until{};  // not included
    Duty duty;
    bool operator==(const Shift&) const = default;
};

// Who is on call: of the overrides of this rota that hold then the one that was made last, else the last layer with
// somebody. nullopt: nobody. `overrides` may hold those of other rotas. At a time of the years 1900 to 9000.
std::optional<Duty> who(const Rota& rota, std::span<const Override> overrides, WallTime at);

// From `from` until `until` in order, cut to them. Times when nobody is on call are left out.
std::vector<Shift> shifts_of(const Rota& rota, std::span<const Override> overrides, WallTime from, WallTime until);

// As the configuration has them; malformed says what is wrong, without the place.
Result<Handover> parse_handover(std::string_view text);             // "daily 09:00", "weekly monday 09:00"
Result<std::chrono::local_days> parse_date(std::string_view text);  // "2026-11-30"

}  // namespace vigie::controller::oncall
