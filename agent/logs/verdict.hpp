// Whether a log is due. Pure; local dates follow the process's TZ.
#pragma once
#include <optional>
#include <string>

#include "agent/logs/folder.hpp"
#include "agent/logs/policy.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::logs {

struct Verdict {
    bool is_due = false;
    std::string reason;
};
// `last` is the time in the state file; without one the log's own age counts. `force` overrides all but `notifempty`.
Verdict judge(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now, bool force);

}  // namespace vigie::agent::logs
