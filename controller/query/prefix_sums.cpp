// Knuth's two-sum gives the rounding error of an addition exactly; see Shewchuk, "Adaptive Precision Floating-Point
// Arithmetic", 1997.
#include "controller/query/prefix_sums.hpp"

#include <cmath>

namespace vigie::controller::query {

PrefixSums::PrefixSums(std::span<const double> values) : sums_(values.size() + 1) {
    for (size_t i = 0; i < values.size() && is_usable_; ++i) {
        sums_[i + 1] = added(sums_[i], {values[i], 0});
        is_usable_ = std::isfinite(sums_[i + 1].high);
    }
}

PrefixSums::Pair PrefixSums::added(const Pair& to, const Pair& value) {
    const double sum = to.high + value.high;
    const double part = sum - to.high;
    const double error = (to.high - (sum - part)) + (value.high - part);
    const double low = to.low + value.low + error;
    const double high = sum + low;
    return {high, low - (high - sum)};
}

double PrefixSums::sum(size_t first, size_t count) const {
    const auto& before = sums_[first];
    const auto difference = added(sums_[first + count], {-before.high, -before.low});
    return difference.high + difference.low;
}

}  // namespace vigie::controller::query
