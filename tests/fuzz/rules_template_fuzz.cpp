// fuzz: vigie_controller_rules
// Any text as a template of a rule, of a message and as a file of definitions: refused with a place inside of it, or
// expanded to a text or an error; never a crash.
#include <cstdlib>

#include "controller/rules/template.hpp"
#include "controller/rules/template_tree.hpp"

namespace {

namespace rules = vigie::controller::rules;
namespace templates = rules::templates;

std::string escaped(std::string_view text) {
    return std::string(text) + "\\";
}

void check_message(const std::string& text) {
    templates::Definitions definitions;
    static_cast<void>(templates::parse_block(text, templates::Dialect::alertmanager, &definitions));
    const auto parsed = rules::Template::parse(text, templates::Dialect::alertmanager);
    if (!parsed) {
        if (parsed.error().offset > text.size()) {
            std::abort();
        }
        return;
    }
    const rules::Labels labels{{"alertname", "a"}, {"b", text.substr(0, 100)}};
    templates::Fields alert{{{"Status", templates::Value(std::string("firing"))},
                             {"Labels", templates::Value(&labels)},
                             {"StartsAt", templates::Value(vigie::wall_from_unix_ms(1'800'000'000'000))}}};
    templates::List alerts{{templates::Value(&alert), templates::Value(&alert)}};
    templates::Fields data{{{"Status", templates::Value(std::string("firing"))},
                            {"Alerts", templates::Value(&alerts)},
                            {"GroupLabels", templates::Value(&labels)}}};
    static_cast<void>(parsed->missing_in(definitions));
    static_cast<void>(parsed->expand(data, definitions, escaped));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    check_message(text);
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
