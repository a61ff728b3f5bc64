// Binary operators between an instant vector and a scalar or another instant vector.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// Between each value and the step's number.
Result<Matrix> with_scalar(const Binary& node, Matrix operand, const Scalars& numbers, Workspace& workspace);
// Arithmetic and comparisons between matching series. conflict: several match where one may.
Result<Matrix> matched(const Binary& node, const Matrix& left, const Matrix& right, Workspace& workspace);
// and, or, unless.
Result<Matrix> set_operation(const Binary& node, const Matrix& left, const Matrix& right, Workspace& workspace);

// A number for each set of matching labels that occurs: the same for what matches.
class Signatures {
  public:
    Signatures(const Matching& matching, LabelArena& arena);
    std::vector<size_t> of(const Matrix& matrix);
    size_t count() const { return numbers_.size(); }

  private:
    const Matching& matching_;
    std::vector<std::string> names_;
    LabelArena& arena_;
    LabelEdit edit_;
    std::unordered_map<SeriesLabels, size_t, HashOfLabels> numbers_;
};

}  // namespace vigie::controller::query
