// What an application answers when it is scraped, in whichever format it says it is.
#pragma once
#include "agent/series/prometheus_text.hpp"

namespace vigie::agent {

enum class ExpositionFormat { prometheus_text, openmetrics };

// By the value of the header Content-Type, as Prometheus chooses: application/openmetrics-text with any parameters is
// OpenMetrics, all else is Prometheus' text format.
ExpositionFormat format_of(std::string_view content_type);

// parse_openmetrics or parse_prometheus_text.
Result<void> parse_exposition(ExpositionFormat format, std::string_view text, const TakeSample& take);

}  // namespace vigie::agent
