// The same samples for a peer: Prometheus's remote write over HTTP on loopback.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "tests/bench/ingest/fleet_samples.hpp"

namespace vigie::bench {

// Posts everything to http://127.0.0.1:<port><path>, 20 hosts' reports of one time in a request.
Result<void> write_remote(uint16_t port, const std::string& path, const Load& load);

}  // namespace vigie::bench
