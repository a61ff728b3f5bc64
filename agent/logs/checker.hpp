// What could go wrong is asked before the first change: space, targets, permissions, writers.
#pragma once
#include "agent/logs/folder.hpp"
#include "agent/logs/planner.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::logs {

// Mode and owner for `create`, by name from the system's tables. not_found names the block and the unknown name.
Result<NewLog> resolve_new_log(const Block& block, const FileFacts& log);

// The first reason for which the plan cannot be carried out. `reserved`: space that other logs of the same unit will
// take. Includes what copytruncate needs; compression may run out of space, which costs nothing but the compression.
Result<void> check_log(const LogPlan& plan, const Folder& folder, Bytes reserved);

}  // namespace vigie::agent::logs
