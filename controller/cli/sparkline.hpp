// A row of small bars for one series.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace vigie::controller {

struct Point {
    int64_t at_unix_ms = 0;
    double value = 0;
};

// `width` bars over [from, to): each the mean of its points, a space where there are none. The lowest bar is the
// series' minimum, the highest its maximum; a flat series is a row of lowest bars. NaN counts as no point.
std::string sparkline(const std::vector<Point>& points, int64_t from_unix_ms, int64_t to_unix_ms, size_t width);

}  // namespace vigie::controller
