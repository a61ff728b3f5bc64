// What could go wrong is asked before the first change: space, targets, permissions, writers.
#pragma once
#include "agent/logs/copy_truncate.hpp"
#include "agent/logs/folder.hpp"
#include "agent/logs/planner.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::logs {

// Mode and owner for `create`, by name from the system's tables. not_found names the block and the unknown name.
Result<NewLog> resolve_new_log(const Block& block, const FileFacts& log);

// The block's programs and its `su`, whose names come from the system's tables as well.
Result<Tools> resolve_tools(const Block& block, const std::string& mail_command);

// Makes the folder that `createolddir` asks for.
Result<void> make_archive_folder(const Block& block, const std::string& path);

// The first reason for which the plan cannot be carried out. `reserved`: space that other logs of the same unit will
// take. Includes what copytruncate needs; compression may run out of space, which costs nothing but the compression.
Result<void> check_log(const LogPlan& plan, const Folders& folders, Bytes reserved);

}  // namespace vigie::agent::logs
