// fuzz: vigie_agent_deadman
// Any text as deadman.state: refused, or a state that is written as it was read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/deadman/state_row.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto state = agent::read_state_row(text);
    if (state && agent::read_state_row(agent::state_row(*state)).value() != *state) {
        __builtin_trap();
    }
    return 0;
}
