// The state file on disk: who may read it stays as it is.
#pragma once
#include <string>

#include "agent/logs/finder.hpp"
#include "agent/logs/rotation_state.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {

// A file that is absent or empty is a state without logs.
Result<RotationState> read_state_file(Files& files, const std::string& path);
// Keeps mode and ACL of the file that is there.
Result<void> write_state_file(Files& files, const std::string& path, const RotationState& state);

// Drops the entries of logs that no policy has matched for a year, which would stay for ever. (logrotate drops them,
// too.) True when there was one.
bool forget_unused(RotationState& state, const Found& found, WallTime now);

}  // namespace vigie::agent::logs
