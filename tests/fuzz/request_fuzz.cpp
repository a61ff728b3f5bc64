// fuzz: vigie_controller_operator
// A line on the operators' socket, as the controller and as the command line reads it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/operator/requests.hpp"

using namespace vigie::controller;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    if (const auto request = decode_request(line)) {
        for (const auto* name : {"host", "labels", "since_ms"}) {
            static_cast<void>(request->text(name));
            static_cast<void>(request->number(name, 1));
            static_cast<void>(request->texts(name));
        }
    }
    static_cast<void>(decode_answer(line));
    return 0;
}
