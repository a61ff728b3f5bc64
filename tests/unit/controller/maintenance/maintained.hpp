// What the configuration foresees, from its text.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/maintenance/maintenance.hpp"

namespace vigie::controller::maintenance {

// `windows`: what stands under `maintenance`.
inline Result<Maintenance> parse_maintenance(std::string_view windows,
                                             const std::vector<ScheduleConfig>& schedules = {}) {
    VIGIE_TRY(auto root, config::parse_yaml(windows, "c.yaml"));
    const config::Document part{"c.yaml", std::move(root)};
    return read_maintenance({&part, 1}, schedules);
}

// "nightly" of job "backup", which may take an hour and holds `alerts` until 10 minutes after.
inline ScheduleConfig holding(std::vector<std::string> alerts) {
    ScheduleConfig schedule;
    schedule.name = "nightly";
    schedule.job = "backup";
    schedule.when = "02:30";
    schedule.timeout = 1h;
    schedule.holds = HoldsConfig{.alerts = {}, .grace = 10min};
    for (auto& one : alerts) {
        schedule.holds->alerts.push_back({std::move(one), "c.yaml:9: alerts"});
    }
    return schedule;
}

}  // namespace vigie::controller::maintenance
