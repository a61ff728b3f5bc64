// Functions over windows: rate, *_over_time and their kind.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// The function of this name at each step whose window has samples. `parameters`: its scalar arguments in order.
// conflict: without their names two series are the same. malformed: a parameter is outside of its range.
Result<Matrix> over_time(std::string_view name, const RangeInput& input, const std::vector<Scalars>& parameters,
                         const Steps& steps, Workspace& workspace);

// 1 at each step at which no series has a sample, with the labels that the selector demands; null: without labels.
Result<Matrix> absent_over_time(const Selector* selector, const RangeInput& input, const Steps& steps,
                                Workspace& workspace);

// The labels that a selector's = matchers demand, each once; for absent() too.
SeriesLabels demanded_labels(const Selector* selector, LabelArena& arena);

}  // namespace vigie::controller::query
