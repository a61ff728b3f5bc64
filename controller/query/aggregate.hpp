// Aggregations over the series of an instant vector. Groups are found once for all steps.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// Which group each row belongs to. Groups stand in the order in which they first appear.
struct Groups {
    std::vector<size_t> of_row;
    std::vector<SeriesLabels> labels;
};
Groups group_rows(const Aggregation& node, const Matrix& operand, LabelArena& arena);

// sum, avg, count, min, max, group, stddev, stdvar.
Result<Matrix> aggregate(const Aggregation& node, const Matrix& operand, Workspace& workspace);
// topk and bottomk: the rows themselves, at each step only those among the k.
Result<Matrix> top_rows(const Aggregation& node, const Matrix& operand, const Scalars& k, Workspace& workspace);
Result<Matrix> quantile_by_group(const Aggregation& node, const Matrix& operand, const Scalars& q,
                                 Workspace& workspace);
// One series for each value, the value as text in a label.
Result<Matrix> count_values(const Aggregation& node, const Matrix& operand, std::string_view label,
                            Workspace& workspace);

}  // namespace vigie::controller::query
