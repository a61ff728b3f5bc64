// Looks whether what a configuration names is there and may be used by this process's user. Reads, changes nothing; not
// for the daemon, whose jobs find out for themselves when they run.
#pragma once
#include <string>
#include <vector>

#include "agent/config/agent_config.hpp"

namespace vigie::agent {

// One sentence for each thing that is missing: "FILE:LINE: job 'x': what is wrong: what to do". None: all is there.
std::vector<std::string> check_paths(const AgentConfig& config);

}  // namespace vigie::agent
