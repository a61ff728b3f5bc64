#include "controller/query/regression.hpp"

#include "controller/query/arithmetic.hpp"

namespace vigie::controller::query {
namespace {

struct Line {
    double slope = 0;      // per second
    double intercept = 0;  // at the origin
};

// Least squares with the given time as origin: near the samples, so that squares of times stay small.
Line line_through(const Window& window, int64_t origin_ms) {
    CompensatedSum x_sum;
    CompensatedSum y_sum;
    CompensatedSum xy_sum;
    CompensatedSum xx_sum;
    bool is_constant = true;
    for (size_t i = 0; i < window.count; ++i) {
        const double x = static_cast<double>(window.times_ms[i] - origin_ms) / 1000;
        const double y = window.values[i];
        is_constant = is_constant && (i == 0 || y == window.first());
        x_sum.add(x);
        y_sum.add(y);
        xy_sum.add(x * y);
        xx_sum.add(x * x);
    }
    if (is_constant) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        return std::isinf(window.first()) ? Line{nan, nan} : Line{0, window.first()};
    }
    const auto count = static_cast<double>(window.count);
    const double x = x_sum.total();
    const double y = y_sum.total();
    const double covariance = xy_sum.total() - x * y / count;
    const double variance = xx_sum.total() - x * x / count;
    const double slope = covariance / variance;
    return {slope, y / count - slope * x / count};
}

}  // namespace

double slope_of(const Window& window) {
    return window.count < 2 ? absent : line_through(window, window.times_ms[0]).slope;
}

double predicted(const Window& window, double seconds) {
    if (window.count < 2) {
        return absent;
    }
    const auto line = line_through(window, window.at_ms);
    return line.slope * seconds + line.intercept;
}

double smoothed(const Window& window, double smoothing, double trend) {
    if (window.count < 2) {
        return absent;
    }
    double before = 0;
    double smooth = window.first();
    double slope = window.values[1] - window.values[0];
    for (size_t i = 1; i < window.count; ++i) {
        if (i > 1) {
            slope = trend * (smooth - before) + (1 - trend) * slope;
        }
        const double next = smoothing * window.values[i] + (1 - smoothing) * (smooth + slope);
        before = smooth;
        smooth = next;
    }
    return smooth;
}

}  // namespace vigie::controller::query
