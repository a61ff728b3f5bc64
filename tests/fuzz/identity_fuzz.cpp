// fuzz: vigie_agent_link
// Any text as a host's identity.yaml: refused with the file's name first, or an identity that can be used.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/link/enrol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto identity = agent::parse_identity(text, "identity.yaml");
    if (!identity) {
        if (!identity.error().message.starts_with("identity.yaml:")) {
            __builtin_trap();
        }
        return 0;
    }
    if (!is_agent_name(identity->agent.value) || !protocol::is_key_text(identity->controller_key) ||
        identity->endpoint.empty()) {
        __builtin_trap();
    }
    return 0;
}
