// Whether the alerts that a rule is true for can be told apart and are few enough.
#pragma once
#include "controller/rules/alert_text.hpp"
#include "controller/rules/verdict.hpp"

namespace vigie::controller::rules {

// Of one rule in one evaluation. A fleet of ten thousand hosts has that many alerts when a rule is true for all of
// them; beyond that a label is one that never repeats, and the book would grow without end.
constexpr size_t alerts_max = 20'000;

// Turns verdicts that cannot become alerts into a failure. `limit` is the group's, 0: none but alerts_max.
void refuse_unfit(RuleVerdicts& judged, int64_t limit, const TemplateWorld& world = {});

}  // namespace vigie::controller::rules
