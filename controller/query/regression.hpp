// Lines and trends through a window's samples.
#pragma once
#include "controller/query/windows.hpp"

namespace vigie::controller::query {

// deriv: the slope per second of the least squares' line; `absent` for fewer than two samples.
double slope_of(const Window& window);
// predict_linear: that line's value so many seconds after the step.
double predicted(const Window& window, double seconds);
// holt_winters: double exponential smoothing (https://en.wikipedia.org/wiki/Exponential_smoothing).
double smoothed(const Window& window, double smoothing, double trend);

}  // namespace vigie::controller::query
