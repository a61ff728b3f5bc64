// Tells "false" from "not there". A comparison takes away what it is false for, so an alert's series may be missing
// from a result because it is well again, or because nobody heard of it. The presence of an expression is the same
// without its filters: it has the label sets for which there is something to compare.
#pragma once
#include "controller/query/expression.hpp"

namespace vigie::controller::rules {

struct Presence {
    query::Expression expression;  // each label set of the original's result is in its result too
    // The labels depend on values (count_values) or on alerts (ALERTS): a label set that is missing is false as soon as
    // the result has any.
    bool has_open_labels = false;
};

// too_large when the expression is near the parser's limits.
Result<Presence> presence_of(const query::Expression& expression);

}  // namespace vigie::controller::rules
