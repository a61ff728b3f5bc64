// One line of indices for negative values, zero and positive ones.
#include "agent/statsd/quantile_sketch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vigie::agent {
namespace {

constexpr double growth = (1 + quantile_relative_error) / (1 - quantile_relative_error);
constexpr double least_magnitude = 1e-12;  // below is zero
// Above the negative of the least exponent, ln(1e-12) / ln(growth) = -1,381.6: so all indices of positive values are.
constexpr int32_t index_of_one = 1'400;

int32_t index_of(double value) {
    const double magnitude = std::abs(value);
    if (magnitude < least_magnitude) {
        return 0;
    }
    const auto exponent = static_cast<int32_t>(std::ceil(std::log(magnitude) / std::log(growth)));
    return value > 0 ? exponent + index_of_one : -(exponent + index_of_one);
}

// In the middle of the bucket, so that both its ends are equally far off.
double value_of(int32_t index) {
    if (index == 0) {
        return 0;
    }
    const double upper = std::min(std::pow(growth, std::abs(index) - index_of_one), std::numeric_limits<double>::max());
    const double magnitude = upper * (2 / (growth + 1));
    return index > 0 ? magnitude : -magnitude;
}

}  // namespace

void QuantileSketch::add(double value, double weight) {
    const auto index = index_of(value);
    auto at = std::lower_bound(buckets_.begin(), buckets_.end(), index,
                               [](const Bucket& bucket, int32_t wanted) { return bucket.index < wanted; });
    total_ += weight;
    if (at != buckets_.end() && at->index == index) {
        at->weight += weight;
        return;
    }
    if (buckets_.size() == sketch_buckets_max) {  // make room first, or the vector would grow to twice as much
        if (at == buckets_.begin()) {
            at->weight += weight;
            return;
        }
        const auto place = at - buckets_.begin();
        buckets_[1].weight += buckets_[0].weight;
        buckets_.erase(buckets_.begin());
        at = buckets_.begin() + place - 1;
    }
    buckets_.insert(at, {index, weight});
}

std::optional<double> QuantileSketch::quantile(double q) const {
    if (buckets_.empty()) {
        return std::nullopt;
    }
    const double rank = q * std::max(total_ - 1, 0.0);
    double below = 0;
    for (const auto& bucket : buckets_) {
        below += bucket.weight;
        if (below > rank) {
            return value_of(bucket.index);
        }
    }
    return value_of(buckets_.back().index);
}

void QuantileSketch::clear() {
    if (buckets_.empty()) {
        buckets_.shrink_to_fit();
    }
    buckets_.clear();
    total_ = 0;
}

}  // namespace vigie::agent
