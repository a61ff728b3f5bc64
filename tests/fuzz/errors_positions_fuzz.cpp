// fuzz: vigie_agent_errors
// The file of positions, damaged: what is read of it is the same when it is written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/errors/positions.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent::errors;
    const auto parsed = parse_positions({reinterpret_cast<const char*>(data), size});
    if (!parsed) {
        return 0;
    }
    const auto again = parse_positions(write_positions(parsed->positions));
    if (!again || again->positions != parsed->positions || !again->bad_lines.empty()) {
        __builtin_trap();
    }
    return 0;
}
