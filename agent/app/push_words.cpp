// Words to a request, and where the agent listens.
#include "agent/app/push_words.hpp"

namespace vigie::agent {

Result<PreparedPush> prepare_push(const PushWords& words) {
    PreparedPush push;
    VIGIE_TRY(push.request, make_push_request(words.type, words.name, words.value, words.labels));
    VIGIE_TRY(push.timeout, parse_duration(words.timeout).map_error([](const Error& e) { return e.at("--timeout"); }));
    if (push.timeout < 1ms) {
        return fail(ErrorCode::malformed, "--timeout: must be at least 1ms");
    }
    return push;
}

Result<std::string> push_socket_of(const AgentConfig& config, const std::string& config_path) {
    if (!config.apps.push) {
        return fail(ErrorCode::not_found,
                    "{}: the agent takes no pushes: add push: {{socket: /run/vigie-agent/push.sock}} and send it "
                    "SIGHUP, or name "
                    "its socket with --socket",
                    config_path);
    }
    return config.apps.push->socket;
}

}  // namespace vigie::agent
