// Sums of any stretch of values in constant time, for windows that overlap much.
#pragma once
#include <span>
#include <vector>

namespace vigie::controller::query {

class PrefixSums {
  public:
    explicit PrefixSums(std::span<const double> values);

    // False when a value or a sum is not finite: differences of sums say nothing then.
    bool is_usable() const { return is_usable_; }
    // As exact as a compensated sum of the stretch: each prefix is held in two doubles, some 106 bits.
    double sum(size_t first, size_t count) const;

  private:
    struct Pair {
        double high = 0;
        double low = 0;  // what rounding cut off `high`
    };
    static Pair added(const Pair& to, const Pair& value);

    std::vector<Pair> sums_;  // of the first i values
    bool is_usable_ = true;
};

}  // namespace vigie::controller::query
