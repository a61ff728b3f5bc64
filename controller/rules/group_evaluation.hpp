// One evaluation of a group over all that is stored: of those of its rules that are not judged as samples arrive. Pure:
// what becomes of the outcome others decide.
#pragma once
#include "controller/rules/evaluate.hpp"
#include "controller/rules/recording.hpp"

namespace vigie::controller::rules {

struct RuleOutcome {
    const Rule* rule = nullptr;
    RuleVerdicts verdicts{};                 // of an alerting rule
    std::vector<RecordedSample> recorded{};  // of a recording rule
    std::string failure{};                   // "" when it could be evaluated
    nanoseconds took{0};
};

struct GroupOutcome {
    size_t group = 0;  // of the RuleSet
    WallTime at{};
    std::vector<RuleOutcome> rules{};
    nanoseconds took{0};
};

// What an evaluation asks for.
struct GroupWorld {
    // The samples that one expression reads at the time of evaluation.
    std::function<std::unique_ptr<query::SeriesSource>(const query::Expression&)> source_of;
    // Whether the rule may have alerts that could end.
    std::function<bool(const Rule&)> may_have_alerts;
    const TemplateWorld& templates;
    query::Options options{};  // of each rule; with a clock rules are timed
};

GroupOutcome evaluate_group(const RuleSet& rules, size_t group, WallTime at, const GroupWorld& world);

}  // namespace vigie::controller::rules
