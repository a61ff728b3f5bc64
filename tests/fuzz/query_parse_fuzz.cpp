// fuzz: vigie_controller_query
// Any text as a PromQL expression: refused with a place inside of it, or read and printed so that it reads back as the
// same.
#include <cstdint>

#include "controller/query/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    namespace query = vigie::controller::query;
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    static_cast<void>(query::parse_matchers(text));
    const auto expr = query::parse_tree(text);
    if (!expr) {
        if (expr.error().offset > size || query::to_error(expr.error(), text).message.empty()) {
            __builtin_trap();
        }
        return 0;
    }
    const auto printed = query::print(**expr);
    const auto again = query::parse_tree(printed);
    // Escapes make a text longer: it may be too long to be read back.
    if (printed.size() <= query::expression_bytes_max && (!again || query::print(**again) != printed)) {
        __builtin_trap();
    }
    return 0;
}
