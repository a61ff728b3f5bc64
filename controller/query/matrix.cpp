#include "controller/query/matrix.hpp"

namespace vigie::controller::query {

void Matrix::reserve(size_t rows) {
    labels_.reserve(rows);
    cells_.reserve(rows * steps_);
}

double* Matrix::add(const SeriesLabels& labels) {
    labels_.push_back(labels);
    cells_.resize(cells_.size() + steps_, absent);
    return row(rows() - 1);
}

void Matrix::drop_last() {
    labels_.pop_back();
    cells_.resize(cells_.size() - steps_);
}

void Matrix::drop_empty_rows() {
    size_t kept = 0;
    for (size_t i = 0; i < rows(); ++i) {
        if (!has_values(row(i), steps_)) {
            continue;
        }
        if (kept != i) {
            labels_[kept] = labels_[i];
            std::copy_n(row(i), steps_, row(kept));
        }
        ++kept;
    }
    labels_.resize(kept);
    cells_.resize(kept * steps_);
}

void Matrix::reorder(const std::vector<size_t>& rows) {
    Matrix ordered(steps_);
    ordered.reserve(rows.size());
    for (const auto i : rows) {
        std::copy_n(row(i), steps_, ordered.add(labels_[i]));
    }
    labels_ = std::move(ordered.labels_);
    cells_ = std::move(ordered.cells_);
}

bool has_values(const double* row, size_t steps) {
    return std::any_of(row, row + steps, [](double value) { return !is_absent(value); });
}

}  // namespace vigie::controller::query
