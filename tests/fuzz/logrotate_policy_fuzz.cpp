// fuzz: vigie_agent_logs
// The text of a policy file: it is read or refused with a place, and never crashes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/logs/policy_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = vigie::agent::logs::parse_policy(text, "fuzz");
    if (!read) {
        return read.error().message.starts_with("fuzz:") ? 0 : (__builtin_trap(), 0);
    }
    for (const auto& block : *read) {
        if (block.patterns.empty() || block.line < 1) {
            __builtin_trap();
        }
    }
    return 0;
}
