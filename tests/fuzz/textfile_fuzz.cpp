// fuzz: vigie_agent_collect
// Text files of others. What is accepted, written and read again is the same, without an error and without a duplicate;
// and the short way through a text gives what its parser gives.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/collect/textfile.hpp"

namespace {

using Series = std::vector<vigie::agent::TextfileSeries>;

void check_same(const Series& a, const Series& b) {
    if (a.size() != b.size()) {
        __builtin_trap();
    }
    for (size_t i = 0; i < a.size(); ++i) {
        const bool is_same_value = a[i].value == b[i].value || (std::isnan(a[i].value) && std::isnan(b[i].value));
        if (a[i].key != b[i].key || !is_same_value) {
            __builtin_trap();
        }
    }
}

}  // namespace

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
    if (!second.errors.empty()) {
        __builtin_trap();
    }
    check_same(second.series, reading.series);
    auto taken = reading.series;
    if (!take_values(again, taken)) {
        __builtin_trap();
    }
    check_same(taken, reading.series);
    // The short way through the text itself, where it is one.
    if (take_values(text, taken)) {
        if (!reading.errors.empty()) {
            __builtin_trap();
        }
        check_same(taken, reading.series);
    }
    return 0;
}
