// A time zone: its offset at any instant, and the instant of a local time. The rules of daylight saving go on for ever,
// also where the library's table ends.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "shared/core/error.hpp"

namespace date {
class time_zone;
}

namespace vigie {

class Zone {
  public:
    // An IANA name such as "Europe/Berlin" or "UTC"; not_found for another.
    static Result<Zone> find(std::string_view name);

    const std::string& name() const { return name_; }
    // What is added to UTC to get the local time.
    std::chrono::seconds offset_at(std::chrono::sys_seconds time) const;
    // The first instant at which clocks of the zone show the time. A time inside a gap of at most gap_caught_up_max is
    // the end of the gap; inside a longer one (a skipped day) it never happens: nullopt.
    std::optional<std::chrono::sys_seconds> first_instant_of(std::chrono::local_seconds local) const;

  private:
    Zone(std::string name, const date::time_zone* rules) : name_(std::move(name)), rules_(rules) {}
    std::string name_;
    const date::time_zone* rules_;  // owned by the library, for ever
};

// Clocks are put forward by one hour, in a few places of the past by two or three; a whole day is a change of date
// line.
constexpr std::chrono::hours gap_caught_up_max{3};

}  // namespace vigie
