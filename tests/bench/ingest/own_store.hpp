// Our side of the bench: from an agent's entries to sealed blocks.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "tests/bench/ingest/fleet_samples.hpp"

namespace vigie::bench {

// Stores the load in `folder`, and prints a JSON object: CPU seconds without those of making the samples, bytes on the
// disk once all is sealed and merged, the largest resident size.
Result<void> fill_store(const std::string& folder, const Load& load);

}  // namespace vigie::bench
