// The samples that the judge gave to Prometheus, from the same text.
#pragma once
#include <istream>

#include "controller/query/memory_source.hpp"

namespace vigie::judges {

// Lines of the OpenMetrics text format, `name{label="value"} value seconds`, each series by time. A value may be
// `stale`, the marker that Prometheus gets by remote write, as no text has it. malformed: a line that is neither.
Result<void> read_samples(std::istream& in, controller::query::MemorySource& to);

}  // namespace vigie::judges
