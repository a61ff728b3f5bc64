#include "controller/query/extremes.hpp"

#include <cmath>
#include <limits>

namespace vigie::controller::query {
namespace {

// The samples that are the extreme of some window to come: each is better than all after it.
class Candidates {
  public:
    Candidates(std::span<const double> values, bool is_max) : values_(values), is_max_(is_max) {}

    // Windows move forward: `first` and `after` never fall.
    double extreme_of(size_t first, size_t after) {
        for (next_ = std::max(next_, first); next_ < after; ++next_) {
            offer(next_);
        }
        while (front_ < candidates_.size() && candidates_[front_] < first) {
            ++front_;
        }
        return front_ == candidates_.size() ? std::numeric_limits<double>::quiet_NaN() : values_[candidates_[front_]];
    }

  private:
    void offer(size_t sample) {
        const double value = values_[sample];
        if (std::isnan(value)) {
            return;
        }
        const auto is_beaten = [&](size_t other) {
            return is_max_ ? values_[other] <= value : values_[other] >= value;
        };
        while (candidates_.size() > front_ && is_beaten(candidates_.back())) {
            candidates_.pop_back();
        }
        candidates_.push_back(sample);
    }

    std::span<const double> values_;
    bool is_max_;
    std::vector<size_t> candidates_;
    size_t front_ = 0;  // those before it have left the window
    size_t next_ = 0;   // the first sample that was not offered
};

}  // namespace

void fill_extremes(const RangeInput& input, const RangeSeries& series, const Steps& steps, bool is_max, double* row) {
    Candidates candidates(series.values, is_max);
    each_window(input, series, steps, [&](size_t step, const Window& window) {
        const auto first = static_cast<size_t>(window.values - series.values.data());
        row[step] = candidates.extreme_of(first, first + window.count);
    });
}

}  // namespace vigie::controller::query
