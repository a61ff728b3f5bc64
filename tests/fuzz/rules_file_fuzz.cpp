// fuzz: vigie_controller_rules
// Any text as a rule file: refused with the file's name first, or read and evaluated.
#include <cstdlib>

#include "controller/rules/evaluate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    namespace rules = vigie::controller::rules;
    auto parsed = rules::parse_rule_file(std::string_view(reinterpret_cast<const char*>(bytes), size), "r.yml");
    if (!parsed) {
        if (!parsed.error().message.starts_with("r.yml:")) {
            std::abort();
        }
        return 0;
    }
    const rules::Labels labels{{"__name__", "a"}, {"b", "c"}};
    const std::vector<rules::SeriesSample> samples{{labels, 2}};
    const rules::RuleSet set(std::move(*parsed));
    for (const auto& rule : set.evaluate({vigie::AgentId{"h"}, vigie::wall_from_unix_ms(1), samples})) {
        for (const auto& verdict : rule.verdicts) {
            static_cast<void>(rules::expand_alert(*rule.rule, verdict.labels, verdict.value));
        }
    }
    return 0;
}
