// fuzz: vigie_agent_collect
// Text files of others. What is accepted, written and read again is the same, without an error and without a duplicate.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/collect/textfile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto reading = parse_textfile(text, "fuzz.prom");
    if (reading.errors.size() > textfile_errors_max + 1) {
        __builtin_trap();
    }
    std::string again;
    for (const auto& one : reading.series) {
        again += fmt::format("{} {}\n", one.key, one.value);
    }
    const auto second = parse_textfile(again, "fuzz.prom");
    if (!second.errors.empty() || second.series.size() != reading.series.size()) {
        __builtin_trap();
    }
    for (size_t i = 0; i < reading.series.size(); ++i) {
        const bool is_same_value = second.series[i].value == reading.series[i].value ||
                                   (std::isnan(second.series[i].value) && std::isnan(reading.series[i].value));
        if (second.series[i].key != reading.series[i].key || !is_same_value) {
            __builtin_trap();
        }
    }
    return 0;
}
