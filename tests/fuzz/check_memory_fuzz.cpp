// fuzz: vigie_agent_checks
// The file of checks' states, damaged: what is read of it is the same when it is written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/checks/check_memory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const auto parsed = parse_check_memory({reinterpret_cast<const char*>(data), size});
    if (!parsed) {
        return 0;
    }
    const auto again = parse_check_memory(write_check_memory(parsed->checks));
    if (!again || again->checks != parsed->checks || !again->bad_lines.empty()) {
        __builtin_trap();
    }
    return 0;
}
