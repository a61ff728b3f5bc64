// fuzz: vigie_agent_checks
// What plugins print. Everything is within its bounds, shows no control character, and each label and unit stands once.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "agent/checks/plugin_output.hpp"
#include "shared/core/harmless.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const auto output = parse_plugin_output({reinterpret_cast<const char*>(data), size});
    if (output.text.size() > plugin_text_bytes_max || vigie::harmless(output.text) != output.text ||
        output.values.size() > plugin_values_max) {
        __builtin_trap();
    }
    std::set<std::pair<std::string, std::string>> known;
    for (const auto& value : output.values) {
        if (value.label.empty() || value.unit.size() > plugin_unit_bytes_max || !std::isfinite(value.value) ||
            vigie::harmless(value.label) != value.label || !known.emplace(value.label, value.unit).second) {
            __builtin_trap();
        }
    }
    return 0;
}
