// The `collectors:` key: which collectors run, and what they leave out.
#pragma once
#include "agent/collect/collector.hpp"
#include "shared/config/node.hpp"

namespace vigie::agent {

// A mapping from a collector's name to `true`, `false` or a mapping of its options. Later files override collector by
// collector. Errors name file, line, and the nearest collector or option.
Result<void> read_collectors(const config::Node& node, const std::string& file, CollectOptions& options);

}  // namespace vigie::agent
