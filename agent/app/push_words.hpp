// `vigie-agent push`: a value of a script's, into the running agent.
#pragma once
#include <string>
#include <vector>

#include "agent/config/agent_config.hpp"
#include "agent/push/push_line.hpp"

namespace vigie::agent {

struct PushWords {
    std::string name;
    std::string value;
    std::vector<std::string> labels;  // NAME=VALUE
    std::string type = "gauge";
    std::string socket;  // "" takes the configuration's
    std::string timeout = "5s";
};

struct PreparedPush {
    PushRequest request;
    milliseconds timeout{0};
};

// malformed names the word that is wrong.
Result<PreparedPush> prepare_push(const PushWords& words);
// The socket that the configuration names. not_found: it has no push section, which the message shows how to add.
Result<std::string> push_socket_of(const AgentConfig& config, const std::string& config_path);

}  // namespace vigie::agent
