// The smallest or largest value of each window in constant time for each sample, however much windows overlap.
#pragma once
#include "controller/query/windows.hpp"

namespace vigie::controller::query {

// A row of min_over_time or max_over_time. A NaN gives way to any number.
void fill_extremes(const RangeInput& input, const RangeSeries& series, const Steps& steps, bool is_max, double* row);

}  // namespace vigie::controller::query
