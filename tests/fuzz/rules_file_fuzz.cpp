// fuzz: vigie_controller_rules
// Any text as a rule file: refused with the file's name first, or read and judged. What a rule is true for is among
// what it could be true for.
#include <cstdlib>

#include "controller/rules/alert_text.hpp"
#include "controller/rules/evaluate.hpp"
#include "controller/rules/rule_file.hpp"

namespace {

namespace rules = vigie::controller::rules;

void check(const rules::RuleVerdicts& judged) {
    for (const auto& verdict : judged.verdicts) {
        static_cast<void>(rules::expand_alert(*judged.rule, verdict.labels, verdict.value));
    }
    if (!judged.failure.empty() && !judged.verdicts.empty()) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    auto parsed = rules::parse_rule_file(std::string_view(reinterpret_cast<const char*>(bytes), size), "r.yml");
    if (!parsed) {
        if (!parsed.error().message.starts_with("r.yml:")) {
            std::abort();
        }
        return 0;
    }
    const rules::Labels labels{{"__name__", "a"}, {"b", "c"}, {"instance", "h"}};
    const std::vector<rules::SeriesSample> samples{{labels, 2}};
    const rules::RuleSet set(std::move(*parsed));
    for (const bool has_alerts : {false, true}) {
        for (const auto& judged : set.judge({vigie::AgentId{"h"}, vigie::wall_from_unix_ms(1), samples},
                                            [has_alerts](const std::string&) { return has_alerts; })) {
            check(judged);
        }
    }
    return 0;
}
