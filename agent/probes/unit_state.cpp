// Lines of NAME=VALUE.
#include "agent/probes/unit_state.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {

std::optional<UnitState> parse_unit_state(std::string_view text) {
    UnitState state;
    while (!text.empty()) {
        auto line = trimmed(next_line(text));
        const auto name = cut(line, '=');
        if (name == "LoadState") {
            state.load = line;
        } else if (name == "ActiveState") {
            state.active = line;
        } else if (name == "SubState") {
            state.sub = line;
        }
    }
    return state.load.empty() || state.active.empty() || state.sub.empty() ? std::nullopt : std::optional(state);
}

}  // namespace vigie::agent
