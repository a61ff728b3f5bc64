// fuzz: vigie_agent_series
// What applications answer. The first byte chooses the format. What is taken is written as a line of Prometheus' format
// and read again: the same key and value.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/series/exposition.hpp"
#include "agent/series/openmetrics.hpp"
#include "agent/series/prometheus_text.hpp"

namespace {

using namespace vigie::agent;

void check(const ParsedSample& sample) {
    std::string key;
    append_key(key, sample.name, sample.labels);
    const auto line = fmt::format("{} {}", key, sample.value);
    ParsedSample again;
    const auto read = parse_text_line(line, {.may_have_blanks = true, .may_escape_any = false}, again);
    std::string key_again;
    append_key(key_again, again.name, again.labels);
    const bool is_same_value = again.value == sample.value || (std::isnan(again.value) && std::isnan(sample.value));
    if (!read || key_again != key || !is_same_value || parse_sample_value("nan(1)")) {
        __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto rest = text.substr(text.empty() ? 0 : 1);
    if (text.starts_with('P')) {
        static_cast<void>(parse_prometheus_text(rest, check));
        static_cast<void>(parse_exposition(format_of(rest), rest, check));
    } else {
        static_cast<void>(parse_openmetrics(rest, check));
    }
    return 0;
}
