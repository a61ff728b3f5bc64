// What a rule says of label sets at one time.
#pragma once
#include "controller/query/engine.hpp"
#include "controller/rules/rule.hpp"

namespace vigie::controller::rules {

struct Verdict {
    Labels labels;  // of the result, without __name__
    double value = 0;
    bool is_true = false;  // false: there is something to compare, and the comparison is false
};

struct RuleVerdicts {
    const Rule* rule = nullptr;  // of the RuleSet
    std::vector<Verdict> verdicts{};
    // The rule's label sets that are not among the verdicts are false, not missing.
    bool are_others_false = false;
    // Why there are none: then nothing is known of any label set.
    std::string failure{};
};

// An alerting rule over a source. The false verdicts need a second evaluation, which only those want who have alerts
// that they may end. The failure is that of the engine, or that two label sets of the result are the same.
RuleVerdicts judge(const Rule& rule, query::SeriesSource& source, WallTime at, bool wants_false,
                   const query::Options& options);

// The labels of one series of a result.
Labels labels_of(const query::ValueSeries& series);

}  // namespace vigie::controller::rules
