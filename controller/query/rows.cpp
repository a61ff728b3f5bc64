#include "controller/query/rows.hpp"

namespace vigie::controller::query {
namespace {

// A moment's values of two rows as one; false: both have one.
bool take_over(double* to, const double* from, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        if (is_absent(from[i])) {
            continue;
        }
        if (!is_absent(to[i])) {
            return false;
        }
        to[i] = from[i];
    }
    return true;
}

}  // namespace

Result<Matrix> merge_rows(Matrix matrix, SameLabels refused, Workspace& workspace) {
    VIGIE_CHECK(workspace.budget.spend(matrix.rows()));
    std::unordered_map<SeriesLabels, size_t, HashOfLabels> rows;
    rows.reserve(matrix.rows());
    bool is_merged = false;
    for (size_t i = 0; i < matrix.rows(); ++i) {
        const auto [at, is_new] = rows.try_emplace(matrix.labels(i), i);
        if (is_new) {
            continue;
        }
        if (refused == SameLabels::at_all || !take_over(matrix.row(at->second), matrix.row(i), matrix.steps())) {
            return fail(ErrorCode::conflict, "vector cannot contain metrics with the same labelset: {} is there twice",
                        text_of(matrix.labels(i)));
        }
        std::fill_n(matrix.row(i), matrix.steps(), absent);
        is_merged = true;
    }
    if (is_merged) {
        matrix.drop_empty_rows();
    }
    return matrix;
}

Result<Matrix> drop_names(Matrix matrix, SameLabels refused, Workspace& workspace) {
    for (size_t i = 0; i < matrix.rows(); ++i) {
        matrix.set_labels(i, without_name(matrix.labels(i), workspace.arena));
    }
    if (matrix.has_one_name) {
        return matrix;
    }
    VIGIE_TRY(auto merged, merge_rows(std::move(matrix), refused, workspace));
    merged.has_one_name = true;
    return merged;
}

Result<Matrix> repeat(const Matrix& matrix, size_t steps, Workspace& workspace) {
    VIGIE_CHECK(workspace.budget.take(matrix.rows() * steps));
    Matrix repeated(steps);
    repeated.reserve(matrix.rows());
    repeated.has_one_name = matrix.has_one_name;
    for (size_t i = 0; i < matrix.rows(); ++i) {
        std::fill_n(repeated.add(matrix.labels(i)), steps, matrix.cell(i, 0));
    }
    return repeated;
}

}  // namespace vigie::controller::query
