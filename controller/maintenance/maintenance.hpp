// What the configuration foresees to hold alerts back: windows under `maintenance`, and `holds` of schedules.
#pragma once
#include <span>

#include "controller/config/controller_config.hpp"
#include "controller/routing/matcher.hpp"
#include "controller/routing/time_interval.hpp"

namespace vigie::controller::maintenance {

struct Window {
    std::string name;
    routing::Matchers matchers;                // all must match
    std::vector<routing::TimeInterval> times;  // when it is open: in any of them
};

// While a run of the schedule is under way on a host, and `grace` after.
struct JobHold {
    std::string schedule;
    std::string job;
    std::vector<routing::Matchers> alerts;  // that match any of them, and have the host as their `instance`
    milliseconds grace{0};
};

struct Maintenance {
    std::vector<Window> windows;
    std::vector<JobHold> holds;
};

inline const Maintenance no_maintenance;

// `windows`: what stands under `maintenance` in each file. Errors name file, line and key.
Result<Maintenance> read_maintenance(std::span<const config::Document> windows,
                                     const std::vector<ScheduleConfig>& schedules);

}  // namespace vigie::controller::maintenance
