// fuzz: vigie_agent_logs
// The state file and the journal: what was read can be written and read again, and is the same then. Names that stand
// beside a log: one that is read as numbered is written as it was.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/logs/archives.hpp"
#include "agent/logs/journal.hpp"
#include "agent/logs/rotation_state.hpp"

namespace {

void read_names(std::string_view name) {
    using namespace vigie::agent::logs;
    Naming naming;
    naming.stem = "a";
    for (const std::string tail : {"", ".log"}) {
        naming.tail = tail;
        if (const auto archive = read_numbered(naming, name);
            archive && numbered_name(naming, archive->order, archive->packed) != name) {
            __builtin_trap();
        }
        for (const std::string format : {"-%Y%m%d", "-%s", "-%d%%%H%M%S", "-%Y-%V"}) {
            naming.date_format = format;
            static_cast<void>(read_dated(naming, name));
        }
    }
}

}  // namespace

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
    read_names(text);
    return 0;
}
