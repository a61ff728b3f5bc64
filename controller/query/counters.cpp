// Prometheus's extrapolation: what changed between the first and the last sample is scaled to the whole window, unless
// a series seems to begin or end inside of it; a counter is never extrapolated to below zero.
#include "controller/query/counters.hpp"

#include <numeric>

#include "controller/query/prefix_sums.hpp"

namespace vigie::controller::query {
namespace {

// A series goes on to the window's end when its next sample would be due about there, with this much of an allowance.
constexpr double gap_tolerance = 1.1;

double seconds_of(int64_t ms) {
    return static_cast<double>(ms) / 1000;
}

// The change with its ends extrapolated.
double extrapolated(const Window& window, double change, bool is_counter) {
    double to_start = seconds_of(window.times_ms[0] - window.from_ms);
    const double to_end = seconds_of(window.to_ms - window.times_ms[window.count - 1]);
    const double sampled = seconds_of(window.times_ms[window.count - 1] - window.times_ms[0]);
    const double between = sampled / static_cast<double>(window.count - 1);
    if (is_counter && change > 0 && window.first() >= 0) {
        const double to_zero = sampled * (window.first() / change);
        to_start = to_zero < to_start ? to_zero : to_start;
    }
    const double threshold = between * gap_tolerance;
    const double covered =
        sampled + (to_start < threshold ? to_start : between / 2) + (to_end < threshold ? to_end : between / 2);
    return change * (covered / sampled);
}

// The samples that are smaller than the one before, and what each of them lost.
class Resets {
  public:
    explicit Resets(std::span<const double> values) {
        for (size_t i = 1; i < values.size(); ++i) {
            if (values[i] < values[i - 1]) {
                at_.push_back(i);
                lost_.push_back(values[i - 1]);
            }
        }
        sums_ = PrefixSums(lost_);
    }

    // What the resets after sample `first` up to sample `last` lost. Windows move forward, so both only grow.
    double lost(size_t first, size_t last) {
        while (begin_ < at_.size() && at_[begin_] <= first) {
            ++begin_;
        }
        while (end_ < at_.size() && at_[end_] <= last) {
            ++end_;
        }
        if (end_ <= begin_) {
            return 0;
        }
        if (sums_.is_usable()) {
            return sums_.sum(begin_, end_ - begin_);
        }
        return std::accumulate(lost_.begin() + static_cast<long>(begin_), lost_.begin() + static_cast<long>(end_), 0.0);
    }

  private:
    std::vector<size_t> at_;
    std::vector<double> lost_;
    PrefixSums sums_{{}};
    size_t begin_ = 0;
    size_t end_ = 0;
};

}  // namespace

void fill_rates(const RangeInput& input, const RangeSeries& series, const Steps& steps, bool is_per_second,
                double* row) {
    Resets resets(series.values);
    const double range_seconds = seconds_of(input.range_ms);
    each_window(input, series, steps, [&](size_t step, const Window& window) {
        if (window.count < 2) {
            return;
        }
        const auto first = static_cast<size_t>(window.values - series.values.data());
        const double change = window.last() - window.first() + resets.lost(first, first + window.count - 1);
        const double increase = extrapolated(window, change, true);
        row[step] = is_per_second ? increase / range_seconds : increase;
    });
}

double delta_of(const Window& window) {
    return window.count < 2 ? absent : extrapolated(window, window.last() - window.first(), false);
}

double last_difference(const Window& window, bool is_counter) {
    if (window.count < 2) {
        return absent;
    }
    const double before = window.values[window.count - 2];
    const double last = window.last();
    if (!is_counter) {
        return last - before;
    }
    const auto apart = window.times_ms[window.count - 1] - window.times_ms[window.count - 2];
    return (last < before ? last : last - before) / seconds_of(apart);
}

}  // namespace vigie::controller::query
