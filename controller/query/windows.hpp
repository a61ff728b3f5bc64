// A window of one series' samples that moves forward from step to step.
#pragma once
#include <span>

#include "controller/query/arithmetic.hpp"
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

// The first index from `start` on whose time is after `time` (at or after it for first_at); the times before `start`
// are known not to be. Looks near first: from step to step a window moves by few samples, at the first step by many.
size_t first_after(std::span<const int64_t> times_ms, size_t start, int64_t time);
size_t first_at(std::span<const int64_t> times_ms, size_t start, int64_t time);

// The samples of one series that one step looks back on: of [from_ms, to_ms]. Never empty.
struct Window {
    const int64_t* times_ms;
    const double* values;
    size_t count;
    int64_t from_ms;
    int64_t to_ms;
    int64_t at_ms;         // the step
    const double* counts;  // nullptr: each value is one sample's

    double first() const { return values[0]; }
    double last() const { return values[count - 1]; }
    double samples() const {
        CompensatedSum sum;  // an hour's count comes in twelve equal parts
        for (size_t i = 0; counts != nullptr && i < count; ++i) {
            sum.add(counts[i]);
        }
        return counts == nullptr ? static_cast<double>(count) : sum.total();
    }
};

// Calls visit(step, window) for each step whose window has samples.
template <typename Visit>
void each_window(const RangeInput& input, const RangeSeries& series, const Steps& steps, Visit&& visit) {
    size_t first = 0;
    size_t after = 0;
    for (size_t step = 0; step < steps.count; ++step) {
        const auto to = input.times.at(step);
        const auto from = to - input.range_ms;
        after = first_after(series.times_ms, after, to);
        first = first_at(series.times_ms, first, from);
        if (first < after) {
            visit(step, Window{series.times_ms.data() + first, series.values.data() + first, after - first, from, to,
                               steps.at(step), series.counts.empty() ? nullptr : series.counts.data() + first});
        }
    }
}

}  // namespace vigie::controller::query
