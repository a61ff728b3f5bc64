// `vigie-agent checks run`: checks of the configuration, once, without a controller.
#pragma once
#include <ostream>
#include <string>

#include "agent/checks/check_runner.hpp"
#include "agent/config/agent_config.hpp"

namespace vigie::agent {

// Runs the named checks in this order, or all of them when none is named, one after the other, and prints a line for
// each. Gives the worst status. not_found names the nearest check; then none was run.
Result<CheckStatus> run_checks(const AgentConfig& config, const std::string& worker,
                               const std::vector<std::string>& names, std::ostream& out);

}  // namespace vigie::agent
