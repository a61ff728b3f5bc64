// What a fleet measures, the same in each run: a hundred series a host of the shapes that node_exporter's have.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace vigie::bench {

constexpr int64_t interval_ms = 10'000;

struct Load {
    uint64_t hosts = 0;
    uint64_t steps = 0;    // samples of each series
    int64_t first_ms = 0;  // unix time of the first; near now, since peers refuse what is far from it

    int64_t at_ms(uint64_t step) const { return first_ms + static_cast<int64_t>(step) * interval_ms; }
};

// A metric and one more label.
struct Kind {
    enum class Shape { constant, seconds, bytes_counter, rare_counter, load, pages, percent, mean };
    std::string metric;
    std::string label;
    std::string value;
    Shape shape;
};
// 30 constants, 35 counters, 28 gauges of few decimals or whole pages, 7 means with all their digits.
const std::vector<Kind>& kinds();

std::string host_name(uint64_t host);

// The values of one host, step by step.
class HostSamples {
  public:
    explicit HostSamples(uint64_t host);
    const std::vector<double>& next();

  private:
    uint64_t random();
    uint64_t state_;
    std::vector<double> values_;
    std::vector<uint64_t> counts_;
};

}  // namespace vigie::bench
