// What changed on a host before a moment: what a person would look for first. Any thread.
#pragma once
#include "controller/operator/requests.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

struct HostChange {
    WallTime at{};
    // job, backup, rotation, restart, packages, reboot, reboot_required, or the kind of an event ("agent", "host",
    // "gap", …)
    std::string kind;
    std::string message;  // one sentence for people
};

constexpr milliseconds changes_looked_for = 30min;
constexpr size_t changes_shown_max = 50;

// Those of (at - changes_looked_for, at], the nearest first. Runs are placed by the host's clock, events by the
// controller's.
Result<std::vector<HostChange>> changes_before(const StateStore& store, const AgentId& host, WallTime at);

}  // namespace vigie::controller
