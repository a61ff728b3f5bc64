// Prometheus' text format 0.0.4 ("Exposition formats" of its documentation).
#pragma once
#include <functional>

#include "agent/series/sample_line.hpp"

namespace vigie::agent {

// One line that is neither empty nor a comment, without its line feed. `into` may be used again and again.
Result<void> parse_text_line(std::string_view line, const LabelRules& rules, ParsedSample& into);

using TakeSample = std::function<void(const ParsedSample&)>;

// A whole exposition: each sample in its order. As in Prometheus the first malformed line ends it; the error names the
// line. Comments that are no HELP or TYPE are passed over, and a TYPE of an unknown type is malformed.
Result<void> parse_prometheus_text(std::string_view text, const TakeSample& take);

}  // namespace vigie::agent
