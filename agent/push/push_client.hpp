// The script's side: one request to the running agent.
#pragma once
#include <string>

#include "agent/push/push_line.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent {

// Returns once the agent has taken it. Blocks for `timeout` at most. unavailable: no agent listens there; denied: the
// socket's mode keeps this user out; timed_out: it is not known whether it was taken; else what the agent answered.
Result<void> push_to_agent(const std::string& socket_path, const PushRequest& request, milliseconds timeout);

}  // namespace vigie::agent
