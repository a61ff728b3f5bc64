// The agent's parts put together on one loop: collecting, outbox, link, jobs.
#pragma once
#include <memory>

#include "agent/config/agent_config.hpp"
#include "agent/link/enrol.hpp"

namespace vigie::agent {

std::string identity_folder(const AgentConfig& config);

// Runs until SIGTERM or SIGINT. SIGHUP opens the log file again and reads the configuration's jobs and labels again.
// Errors are those of starting: state, identity, configuration.
Result<void> run_daemon(const AgentConfig& config, const std::string& config_path);

}  // namespace vigie::agent
