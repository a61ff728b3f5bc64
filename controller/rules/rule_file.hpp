// A Prometheus rule file (https://prometheus.io/docs/prometheus/2.42/configuration/recording_rules/) as groups of
// rules.
#pragma once
#include "controller/rules/faults.hpp"
#include "controller/rules/rule.hpp"

namespace vigie::controller::rules {

struct RuleFile {
    std::vector<RuleGroup> groups{};  // those without a fault
    std::vector<Fault> faults{};      // all of them
};

// Checks everything that Prometheus checks. `file` is only for messages.
RuleFile read_rule_file(std::string_view text, std::string_view file);
// The first fault as the error: "file:line:column: …".
Result<std::vector<RuleGroup>> parse_rule_file(std::string_view text, std::string_view file);

}  // namespace vigie::controller::rules
