// The `checks:` key: health checks of this host.
#pragma once
#include "agent/config/agent_config.hpp"
#include "shared/config/node.hpp"

namespace vigie::agent {

// A list of checks, added to those of files before. Errors name file, line, key and the nearest known key.
Result<void> read_checks(const config::Node& node, const std::string& file, AgentConfig& config);

}  // namespace vigie::agent
