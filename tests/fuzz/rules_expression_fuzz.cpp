// fuzz: vigie_controller_rules
// Any text as an expression and as a template: refused or read, never a crash; an error's place lies inside the text.
#include <cstdlib>

#include "controller/rules/expression.hpp"
#include "controller/rules/template.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    namespace rules = vigie::controller::rules;
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    const rules::Labels labels{{"__name__", "a"}, {"b", text}};
    const auto expression = rules::parse_expression(text);
    if (!expression && expression.error().offset > size) {
        std::abort();
    }
    if (expression) {
        static_cast<void>(expression->is_selecting(labels) && expression->is_true(1.5));
    }
    if (const auto parsed = rules::Template::parse(text)) {
        static_cast<void>(parsed->expand(labels, 1.5));
    }
    return 0;
}
