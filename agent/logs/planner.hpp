// Decides what is due and in which steps. Pure: facts, last rotation and time come in, a plan comes out. (Local dates
// follow the process's TZ.)
#pragma once
#include <optional>
#include <span>

#include "agent/logs/finder.hpp"
#include "agent/logs/policy.hpp"
#include "agent/logs/steps.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::logs {

struct Verdict {
    bool is_due = false;
    std::string reason;
};
// `last` is the time in the state file; without one the log's own age counts. `force` overrides all but `notifempty`.
Verdict judge(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now, bool force);

// Mode and owner of the log that `create` makes.
struct NewLog {
    unsigned mode = 0;
    unsigned uid = 0;
    unsigned gid = 0;
};

// The steps of one log around its scripts.
struct LogPlan {
    PlannedLog log;
    std::vector<Step> before_script;
    std::vector<Step> after_script;
    std::string archive;  // the name of the newest archive before compression
};
// conflict when the archive's name is taken, as by a second rotation on the day of a dated name.
Result<LogPlan> plan_log(const Block& block, const FoundLog& log, const FoundFolder& folder, const NewLog& created,
                         WallTime now);

// Puts the logs of a unit and the block's scripts in their order.
Unit plan_unit(const Block& block, std::vector<LogPlan> logs, WallTime now);

}  // namespace vigie::agent::logs
