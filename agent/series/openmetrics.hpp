// OpenMetrics 1.0, the text format, as strict as its specification is where it says MUST.
#pragma once
#include "agent/series/prometheus_text.hpp"

namespace vigie::agent {

// A whole exposition up to its "# EOF": each sample in its order, with its time in seconds when it has one; exemplars
// are checked and left out. The first line that breaks a rule ends it, as whatever follows can't be trusted; the error
// names the line. What was given to `take` before must be thrown away then.
Result<void> parse_openmetrics(std::string_view text, const TakeSample& take);

}  // namespace vigie::agent
