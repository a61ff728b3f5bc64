// fuzz: vigie_shared_core vigie_shared_config vigie_shared_loop
// Texts of configurations, of command lines and of a controller's answer: YAML, durations, sizes, endpoints.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/config/node.hpp"
#include "shared/core/time.hpp"
#include "shared/core/units.hpp"
#include "shared/loop/resolve.hpp"

using namespace vigie;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(config::parse_yaml(text, "fuzz"));
    static_cast<void>(parse_endpoint(text));
    static_cast<void>(parse_listen_endpoint(text));
    static_cast<void>(parse_bytes(text));
    static_cast<void>(parse_rfc3339(text));
    const auto duration = parse_duration(text);
    if (duration && parse_duration(format_duration(*duration)) != *duration) {
        __builtin_trap();
    }
    return 0;
}
