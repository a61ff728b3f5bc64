// What `systemctl show --property=LoadState,ActiveState,SubState` prints. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vigie::agent {

struct UnitState {
    std::string load;    // "loaded", "not-found", "masked"
    std::string active;  // "active", "reloading", "inactive", "failed", "activating", "deactivating"
    std::string sub;     // "running", "exited", "dead", …
};

// Nothing when one of the three is missing.
std::optional<UnitState> parse_unit_state(std::string_view text);

}  // namespace vigie::agent
