// Where a query's samples come from. A store of columns can serve it without copying a sample or a label.
#pragma once
#include <span>
#include <vector>

#include "controller/query/matcher.hpp"
#include "controller/query/series_labels.hpp"

namespace vigie::controller::query {

// What is asked of a range of samples. Where a store has left of a stretch of them only what they came to, it gives a
// value for the stretch: the last for `samples`, the least or greatest, or the sum with how many they were.
enum class Reading : uint8_t { samples, least, greatest, total };

// What one selector of a query reads.
struct Selection {
    const std::vector<Matcher>& matchers;
    int64_t from_ms = 0;  // unix time of the first and last sample wanted, both included
    int64_t to_ms = 0;
    // How far apart the times are that it is evaluated at, and the range that is looked back on at each; 0 for one time
    // and no range. A store with coarser tiers may choose among them.
    int64_t step_ms = 0;
    int64_t range_ms = 0;
    Reading reading = Reading::samples;
};

// One series with its samples. The views stay valid as long as the source does.
struct SeriesSamples {
    std::span<const Label> labels;      // as SeriesLabels wants them, with __name__
    std::span<const int64_t> times_ms;  // rising; several series may share them
    std::span<const double> values;     // as many. NaN with the bits stale_bits ends a series
    // How many samples each value is the sum of, which need not be whole numbers; empty: each is one.
    std::span<const double> counts{};
};

// The bits of the NaN that Prometheus writes when a series ends.
constexpr uint64_t stale_bits = 0x7ff0000000000002;

class SeriesSource {
  public:
    virtual ~SeriesSource() = default;
    // Each series that all matchers accept and that has samples in [from, to], once; samples outside of it may be there
    // too. In the order of their labels if it can: instant results stand in this order, as in Prometheus.
    virtual Result<std::vector<SeriesSamples>> select(const Selection& selection) = 0;
};

}  // namespace vigie::controller::query
