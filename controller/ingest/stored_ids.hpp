// Which series are stored under a host or a rule, and by which numbers.
#pragma once
#include <string>
#include <unordered_map>

#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

using SeriesIds = std::unordered_map<std::string, uint64_t>;  // by the series' text

// All at once: asked line by line, ten thousand hosts that come back to a restarted controller would cost a million
// reads.
Result<SeriesIds> stored_series_ids(const StoreReader& store, const AgentId& owner);

}  // namespace vigie::controller
