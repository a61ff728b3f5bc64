// The value of an instant vector at each step: a row for each series, a column for each step, in one piece.
#pragma once
#include <bit>
#include <vector>

#include "controller/query/series_labels.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::query {

// The times at which an expression is evaluated.
struct Steps {
    int64_t first_ms = 0;
    int64_t interval_ms = 1;
    size_t count = 1;

    int64_t at(size_t step) const { return first_ms + static_cast<int64_t>(step) * interval_ms; }
    int64_t last_ms() const { return at(count - 1); }
    Steps only_first() const { return {first_ms, interval_ms, 1}; }
};

// A cell without a value holds the bits of a stale marker: no value of a series has them, as a selector takes them
// away, and no arithmetic makes them, as they are those of a signalling NaN.
inline constexpr double absent = std::bit_cast<double>(stale_bits);
inline bool is_absent(double value) {
    return std::bit_cast<uint64_t>(value) == stale_bits;
}

class Matrix {
  public:
    explicit Matrix(size_t steps = 1) : steps_(steps) {}

    size_t steps() const { return steps_; }
    size_t rows() const { return labels_.size(); }
    bool is_instant() const { return steps_ == 1; }

    const SeriesLabels& labels(size_t row) const { return labels_[row]; }
    void set_labels(size_t row, const SeriesLabels& labels) { labels_[row] = labels; }
    double* row(size_t row) { return cells_.data() + row * steps_; }
    const double* row(size_t row) const { return cells_.data() + row * steps_; }
    double& cell(size_t row, size_t step) { return cells_[row * steps_ + step]; }
    double cell(size_t row, size_t step) const { return cells_[row * steps_ + step]; }

    void reserve(size_t rows);
    // A row without values, and where it begins. Rows added before may move.
    double* add(const SeriesLabels& labels);
    // Takes the last row away again.
    void drop_last();
    // Rows that have no value at any step go; the others keep their order.
    void drop_empty_rows();
    void reorder(const std::vector<size_t>& rows);

    // All series have the same name or none, so that without their names they still differ.
    bool has_one_name = false;

  private:
    size_t steps_;
    std::vector<SeriesLabels> labels_;
    std::vector<double> cells_;
};

bool has_values(const double* row, size_t steps);

}  // namespace vigie::controller::query
