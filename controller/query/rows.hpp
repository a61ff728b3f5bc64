// What several kinds of nodes do with rows: names that go, and series that fall together when they do.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// When series that differ in what was dropped become one: refused where both have a value at one step, or at all.
enum class SameLabels { at_one_step, at_all };

// Rows with the same labels become one. conflict: refused, as Prometheus does: "vector cannot contain metrics with the
// same labelset".
Result<Matrix> merge_rows(Matrix matrix, SameLabels refused, Workspace& workspace);
// Without __name__, merged.
Result<Matrix> drop_names(Matrix matrix, SameLabels refused, Workspace& workspace);
// The same values at each of so many steps, of a matrix with one.
Result<Matrix> repeat(const Matrix& matrix, size_t steps, Workspace& workspace);

}  // namespace vigie::controller::query
