// fuzz: vigie_agent_push
// Both sides of a push. A request that is taken is written and read again the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/push/push_line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto request = parse_push_line(text.substr(0, text.find('\n')))) {
        const auto line = write_push_line(*request);
        if (line.find('\n') != std::string::npos || parse_push_line(line).value() != *request) {
            __builtin_trap();
        }
    }
    static_cast<void>(parse_push_answer(text));
    const auto middle = size / 2;
    const auto made = make_push_request("gauge", text.substr(0, middle), "5", {std::string(text.substr(middle))});
    if (made && parse_push_line(write_push_line(*made)).value() != *made) {
        __builtin_trap();
    }
    return 0;
}
