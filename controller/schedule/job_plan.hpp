// A plan: which job runs on which hosts when. Made from the controller's configuration; what the job does stands in the
// hosts' own.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "controller/config/controller_config.hpp"
#include "shared/calendar/schedule.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

// What becomes of starts that were missed: the controller was down, the host away, or the run before still going.
enum class MisfirePolicy : uint8_t {
    skip = 0,    // they are recorded as missed
    latest = 1,  // the last of them runs, the others are recorded as missed
    all = 2,     // they run one after the other, the newest catch_up_runs_max of them
};

// What to do with a run of which nobody knows whether it finished.
enum class IndeterminatePolicy : uint8_t { rerun = 0, fail = 1, ask = 2 };

struct JobPlan {
    std::string name;
    std::string job;                              // a name of the hosts' own configuration
    std::map<std::string, std::string> selector;  // labels a host must have; empty: every host
    Schedule schedule;
    MisfirePolicy misfire = MisfirePolicy::latest;
    IndeterminatePolicy indeterminate = IndeterminatePolicy::fail;
    std::map<std::string, std::string> parameters;
    milliseconds timeout{0};  // 0: the job's own
    bool has_holds = false;   // its runs hold alerts back: controller/maintenance knows which
};

// Errors name the file and line.
Result<std::vector<JobPlan>> plans_from(const std::vector<ScheduleConfig>& schedules);

Result<MisfirePolicy> parse_misfire(std::string_view text);
Result<IndeterminatePolicy> parse_indeterminate(std::string_view text);
bool has_labels(const std::map<std::string, std::string>& labels, const std::map<std::string, std::string>& wanted);

}  // namespace vigie::controller
