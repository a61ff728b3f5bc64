// What an alerting rule makes of a series that it is true for: the alert's own labels and texts.
#pragma once
#include "controller/rules/rule.hpp"

namespace vigie::controller::rules {

struct AlertText {
    Labels labels;       // the series' without __name__, then the rule's, then alertname; empty ones left out
    Labels annotations;  // one whose template fails holds a plain text with the alert's name, labels and value
    std::vector<std::string> failures;  // one sentence for each failed template
};
AlertText expand_alert(const Rule& rule, const Labels& series, double value, const TemplateWorld& world = {});
// The same without the annotations.
Labels alert_labels(const Rule& rule, const Labels& series, double value, const TemplateWorld& world = {});

// The labels of a series that a recording rule writes: those of the result, its own, and the name.
Labels recorded_labels(const Rule& rule, Labels result);

}  // namespace vigie::controller::rules
