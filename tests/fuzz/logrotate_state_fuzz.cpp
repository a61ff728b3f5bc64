// fuzz: vigie_agent_logs
// The state file and the journal: what was read can be written and read again, and is the same then.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/logs/journal.hpp"
#include "agent/logs/rotation_state.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent::logs;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto state = parse_state(text, "fuzz")) {
        const auto again = parse_state(write_state(*state), "fuzz");
        if (!again || !again->warnings.empty() || again->last_rotated.size() != state->last_rotated.size()) {
            __builtin_trap();
        }
    }
    if (const auto journal = parse_journal(text)) {
        const auto plan = write_plan(journal->unit);
        const auto again = parse_journal(plan);
        if (!again || write_plan(again->unit) != plan) {
            __builtin_trap();
        }
    }
    return 0;
}
