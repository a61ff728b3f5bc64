// What a restart of the agent must remember of its pages, as a file of one line:
//   1 DEPUTY WATCH IS_OPEN IS_TOLD TOLD_WATCH SILENT_SINCE_UNIX_MS
// numbers in decimal. The first is the form's.
#pragma once
#include <string>
#include <string_view>

#include "agent/deadman/deadman.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

std::string state_row(const DeadmanState& state);
// malformed when it is no such line.
Result<DeadmanState> read_state_row(std::string_view row);

}  // namespace vigie::agent
