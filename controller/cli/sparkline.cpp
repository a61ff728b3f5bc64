// Eight block letters.
#include "controller/cli/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vigie::controller {

std::string sparkline(const std::vector<Point>& points, int64_t from_unix_ms, int64_t to_unix_ms, size_t width) {
    constexpr std::array<const char*, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::vector<double> sums(width, 0);
    std::vector<int> counts(width, 0);
    if (to_unix_ms <= from_unix_ms || width == 0) {
        return "";
    }
    for (const auto& point : points) {
        if (point.at_unix_ms < from_unix_ms || point.at_unix_ms >= to_unix_ms || !std::isfinite(point.value)) {
            continue;
        }
        const auto share =
            static_cast<double>(point.at_unix_ms - from_unix_ms) / static_cast<double>(to_unix_ms - from_unix_ms);
        const auto slot = std::min(static_cast<size_t>(share * static_cast<double>(width)), width - 1);
        sums[slot] += point.value;
        ++counts[slot];
    }
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < width; ++i) {
        if (counts[i] > 0) {
            low = std::min(low, sums[i] / counts[i]);
            high = std::max(high, sums[i] / counts[i]);
        }
    }
    std::string line;
    for (size_t i = 0; i < width; ++i) {
        const auto share = high > low && counts[i] > 0 ? (sums[i] / counts[i] - low) / (high - low) : 0;
        line += counts[i] == 0 ? " " : bars[std::min<size_t>(static_cast<size_t>(share * 8), 7)];
    }
    return line;
}

}  // namespace vigie::controller
