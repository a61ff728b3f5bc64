// What a rule says of label sets at one time.
#pragma once
#include "controller/query/engine.hpp"
#include "controller/rules/clearance.hpp"
#include "controller/rules/rule.hpp"

namespace vigie::controller::rules {

struct Verdict {
    Labels labels;  // of the result; no two verdicts of a rule have the same but for __name__
    double value = 0;
    bool is_true = false;  // false: there is something to compare, and the comparison is false
};

struct RuleVerdicts {
    const Rule* rule = nullptr;  // of the RuleSet
    std::vector<Verdict> verdicts{};
    // The rule's label sets that are not among the verdicts are false, not missing.
    bool are_others_false = false;
    // Of a rule with a clear expression that has alerts: which of them may end when they are false.
    std::optional<Clearance> cleared{};
    // Why nothing is known of the label sets that are not among the verdicts.
    std::string failure{};
};

// An alerting rule over a source. The false verdicts need a second evaluation, and a third of a rule with a clear
// expression; only those want them who have alerts that they may end. When one fails the true verdicts stand. The
// failure is the engine's, or that label sets are alike.
RuleVerdicts judge(const Rule& rule, query::SeriesSource& source, WallTime at, bool wants_false,
                   const query::Options& options);

// The labels of one series of a result.
Labels labels_of(const query::ValueSeries& series);

}  // namespace vigie::controller::rules
