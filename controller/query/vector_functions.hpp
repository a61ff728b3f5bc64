// Functions of an instant vector that give one value for each of its values, or for all of them.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// abs … year, clamp*, round, sort*, histogram_quantile. `parameters`: the scalar arguments in order.
Result<Matrix> on_vector(std::string_view name, Matrix operand, const std::vector<Scalars>& parameters,
                         Workspace& workspace);

// hour() and its kind without an argument: of the time of each step.
Matrix date_of_steps(std::string_view name, const Steps& steps);

// 1 at each step at which the operand has no value, with the labels that the selector demands; null: without labels.
Result<Matrix> absent_steps(const Selector* selector, const Matrix& operand, Workspace& workspace);

}  // namespace vigie::controller::query
