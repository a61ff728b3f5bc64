// A Prometheus rule file (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/) as rules.
#pragma once
#include <string>
#include <vector>

#include "controller/rules/expression.hpp"
#include "controller/rules/template.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::rules {

struct AlertingRule {
    std::string group;
    std::string name;             // becomes the label alertname
    std::string expression_text;  // as written
    Expression expression;
    milliseconds hold{0};         // `for`: how long it must be true, on the samples' time
    milliseconds keep_firing{0};  // `keep_firing_for`: how long it must be false before it resolves
    std::map<std::string, Template> labels;
    std::map<std::string, Template> annotations;
    std::string file;
    int line = 0;

    // Names the rule across restarts and changes of its expression: group, name and labels as written. RuleSet makes it
    // unique when two rules share all three.
    std::string key;
};

// Checks everything that Prometheus checks. `file` is only for messages: every error begins "file:line:", those of an
// expression "file:line:column:".
Result<std::vector<AlertingRule>> parse_rule_file(std::string_view text, std::string_view file);

// What a rule makes of a series it is true for: the alert's own labels and texts.
struct AlertText {
    Labels labels;       // the series' without __name__, then the rule's, then alertname; empty ones left out
    Labels annotations;  // one whose template fails holds a plain text with the alert's name, labels and value
    std::vector<std::string> failures;  // one sentence for each failed template
};
AlertText expand_alert(const AlertingRule& rule, const Labels& series, double value);

}  // namespace vigie::controller::rules
