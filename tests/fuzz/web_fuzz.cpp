// fuzz: vigie_controller_web
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/web/api_parameters.hpp"
#include "controller/web/exposition.hpp"
#include "controller/web/listener.hpp"
#include "controller/web/routes.hpp"

// What comes over HTTP and is read by our own code: a target, a form, and the parameters in it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::controller::web;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto target = parse_target(text)) {
        static_cast<void>(route_of(target->path));
        if (target->path.size() + target->query.size() > text.size()) {
            __builtin_trap();
        }
    }
    static_cast<void>(parse_listen_address(text));
    static_cast<void>(exposition_for(text));
    const auto form = parse_form(text);
    if (!form) {
        return 0;
    }
    static_cast<void>(range_of(*form));
    static_cast<void>(selectors_of(*form));
    for (const auto* name : {"time", "start", "step", "timeout"}) {
        static_cast<void>(parse_api_time(form->first(name)));
        static_cast<void>(parse_api_duration(form->first(name)));
    }
    return 0;
}
