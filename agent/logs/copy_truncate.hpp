// Rotation of a log whose writer keeps it open: copy, then cut what was copied off its front.
//
// Where the file system can take a range out of a file (fallocate COLLAPSE_RANGE: ext4, xfs), whole blocks go and what
// the writer appends meanwhile stays: no byte is lost. The rest, less than a block, stays in the log. Elsewhere the log
// is cut to zero as soon as the copy has caught up, and a warning says what that can cost.
#pragma once
#include <string>
#include <vector>

#include "agent/logs/folder.hpp"
#include "agent/logs/pulse.hpp"
#include "agent/logs/steps.hpp"

namespace vigie::agent::logs {

// A writer without O_APPEND goes on at its old offset: the log would begin with a hole of NUL bytes. conflict then.
Result<void> check_writers(const PlannedLog& log);

// Where the log stands and where its archives do; often the same folder.
struct Folders {
    const Folder& live;
    const Folder& archives;
};

// step: from = log, to = archive. Both can be repeated after a kill; `is_resumed` makes the second one look first
// whether the front of the log is gone already.
Result<void> copy_log(const Folders& folders, const PlannedLog& log, const Step& step, const Pulse& pulse);
Result<void> cut_log(const Folders& folders, const PlannedLog& log, const Step& step, bool is_resumed,
                     const Pulse& pulse, std::vector<std::string>& warnings);

// `copy`: the log as it is now goes into step.to, and stays. Can be repeated after a kill.
Result<void> snapshot_log(const Folders& folders, const PlannedLog& log, const Step& step, const Pulse& pulse);

// `renamecopy`: what was the log and is step.from now becomes step.to, perhaps in another file system. The same.
Result<void> store_log(const Folders& folders, const PlannedLog& log, const Step& step, const Pulse& pulse);

}  // namespace vigie::agent::logs
