// label_replace and label_join.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// texts: the label to set, the replacement with $1 or ${name}, the label to read, the regular expression.
Result<Matrix> label_replace(Matrix operand, const std::vector<std::string>& texts, Workspace& workspace);
// texts: the label to set, what stands between, the labels to read.
Result<Matrix> label_join(Matrix operand, const std::vector<std::string>& texts, Workspace& workspace);

}  // namespace vigie::controller::query
