// Quantiles of values that are not kept: DDSketch (Masson, Rim and Lee, 2019). Values fall into buckets whose bounds
// grow by a constant factor, so that a quantile is at most 1 % off the value that truly has that rank, however they are
// spread.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace vigie::agent {

constexpr double quantile_relative_error = 0.01;
// 8 KiB. Values that are spread further than 1 to 28,000 share buckets at their lower end, where the error grows.
constexpr size_t sketch_buckets_max = 512;

class QuantileSketch {
  public:
    // A finite value that stands for `weight` of its kind, above 0.
    void add(double value, double weight);
    // q from 0 to 1; nothing when there are no values.
    std::optional<double> quantile(double q) const;
    // Memory that no value came for since the last time is given back.
    void clear();
    size_t bytes() const { return buckets_.capacity() * sizeof(Bucket); }

  private:
    struct Bucket {
        int32_t index = 0;
        double weight = 0;
    };
    static_assert(sketch_buckets_max * sizeof(Bucket) == 8'192);
    std::vector<Bucket> buckets_;  // by index, which is by value
    double total_ = 0;
};

}  // namespace vigie::agent
