// `vigie-agent checks run`: checks of the configuration, once, without a controller.
#pragma once
#include <ostream>
#include <string>

#include "agent/checks/check_runner.hpp"
#include "agent/config/agent_config.hpp"

namespace vigie::agent {

// Runs the named check, or all of them when `name` is empty, one after the other, and prints a line for each. Gives the
// worst status. not_found names the nearest check.
Result<CheckStatus> run_checks(const AgentConfig& config, const std::string& worker, const std::string& name,
                               std::ostream& out);

}  // namespace vigie::agent
