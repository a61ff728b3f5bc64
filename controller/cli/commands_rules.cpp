// rules: check, test, list.
#include "controller/cli/commands.hpp"

namespace vigie::controller {

void add_rules_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& rules = add_noun(app, "rules", "Alerting and recording rules");
    add_verb(rules, "list", "How each rule fares: health, last evaluation, alerts",
             [=] { choose("rules.list", Json::object(), true); });
    const auto add_files = [&o](CLI::App* verb, const std::string& help) {
        verb->add_option("FILE", o.files, help)->required();
    };
    add_files(add_verb(rules, "check", "Is all of these rule files right? Needs no controller",
                       [=] { choose("rules.check", Json::object(), false); }),
              "Rule files");
    add_files(add_verb(rules, "test", "Run unit tests of rules, in promtool's form. Needs no controller",
                       [=] { choose("rules.test", Json::object(), false); }),
              "Files of unit tests, which name their rule files");
}

}  // namespace vigie::controller
