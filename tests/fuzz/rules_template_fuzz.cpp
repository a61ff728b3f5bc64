// fuzz: vigie_controller_rules
// Any text as a template: refused with a place inside of it, or expanded to a text or an error; never a crash.
#include <cstdlib>

#include "controller/rules/template.hpp"
#include "controller/rules/template_tree.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    namespace rules = vigie::controller::rules;
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    const auto block = rules::templates::parse_block(text);
    if (!block && block.error().offset > size) {
        std::abort();
    }
    const auto parsed = rules::Template::parse(text);
    if (parsed.has_value() != block.has_value()) {
        std::abort();
    }
    if (parsed) {
        const rules::Labels labels{{"__name__", "a"}, {"b", text.substr(0, 100)}};
        const rules::TemplateWorld world{{{"a", "b"}}, "http://vigie.example.org/x"};
        static_cast<void>(parsed->expand({labels, 1.5, world}));
    }
    return 0;
}
