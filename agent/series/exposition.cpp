// RFC 9110, 8.3.1: a media type is compared without regard to case, parameters follow after a semicolon.
#include "agent/series/exposition.hpp"

#include <algorithm>

#include "agent/series/openmetrics.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {

ExpositionFormat format_of(std::string_view content_type) {
    static constexpr std::string_view openmetrics = "application/openmetrics-text";
    const auto media = trimmed(content_type.substr(0, content_type.find(';')));
    const auto is_same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return std::equal(media.begin(), media.end(), openmetrics.begin(), openmetrics.end(), is_same)
               ? ExpositionFormat::openmetrics
               : ExpositionFormat::prometheus_text;
}

Result<void> parse_exposition(ExpositionFormat format, std::string_view text, const TakeSample& take) {
    return format == ExpositionFormat::openmetrics ? parse_openmetrics(text, take) : parse_prometheus_text(text, take);
}

}  // namespace vigie::agent
