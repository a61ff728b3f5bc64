// In which steps a log that is due is rotated. Pure: facts and time come in, a plan comes out. (Local dates follow the
// process's TZ.)
#pragma once
#include <optional>
#include <span>

#include "agent/logs/finder.hpp"
#include "agent/logs/policy.hpp"
#include "agent/logs/steps.hpp"
#include "agent/logs/verdict.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::logs {

// Mode and owner of the log that `create` makes.
struct NewLog {
    unsigned mode = 0;
    unsigned uid = 0;
    unsigned gid = 0;
};

// A folder for archives that is not the log's own: `olddir`.
struct ArchiveFolder {
    std::string path;
    FoundFolder content;
};

// The steps of one log around its scripts.
struct LogPlan {
    PlannedLog log;
    std::vector<Step> before_script;
    std::vector<Step> after_script;
    std::string archive;  // the name of the newest archive before compression
    bool allows_hard_links = false;
};
// `elsewhere` is null where archives stand beside their log. conflict when the archive's name is taken, as by a second
// rotation on the day of a dated name.
Result<LogPlan> plan_log(const Block& block, const FoundLog& log, const FoundFolder& folder, const NewLog& created,
                         WallTime now, const ArchiveFolder* elsewhere = nullptr);

// For a log that is gone: what `maxage` takes of its archives. No step when there is nothing to do.
LogPlan plan_gone(const Block& block, const FoundLog& log, const FoundFolder& folder, WallTime now,
                  const ArchiveFolder* elsewhere = nullptr);

// Which of a block's units the one at hand is: scripts for the whole block stand in front of the first and behind the
// last.
struct PlaceInBlock {
    bool is_first = true;
    bool is_last = true;
};
// What scripts for the whole block get as $1.
std::string patterns_of(const Block& block);

// Puts the logs of a unit and the block's scripts in their order.
Unit plan_unit(const Block& block, std::vector<LogPlan> logs, WallTime now, PlaceInBlock place = {});

}  // namespace vigie::agent::logs
