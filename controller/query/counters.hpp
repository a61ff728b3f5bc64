// Differences over a window: rate, increase, delta, and those of the last two samples.
#pragma once
#include "controller/query/windows.hpp"

namespace vigie::controller::query {

// A whole row of rate (per second) or increase. Resets are found once for all windows.
void fill_rates(const RangeInput& input, const RangeSeries& series, const Steps& steps, bool is_per_second,
                double* row);
// How much a gauge changed, extrapolated to the window's ends; `absent` for fewer than two samples.
double delta_of(const Window& window);
// Of the last two samples: of a counter per second (irate), otherwise as it is (idelta).
double last_difference(const Window& window, bool is_counter);

}  // namespace vigie::controller::query
