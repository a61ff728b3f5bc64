// Which series' samples stand under a host.
#pragma once
#include <set>

#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

// Those that it sent, and those that carry its name.
Result<std::set<uint64_t>> series_of(const StoreReader& store, const AgentId& agent);

}  // namespace vigie::controller
