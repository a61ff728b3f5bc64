// The samples of one unit test: those given, and those that rules write.
#pragma once
#include <map>

#include "controller/query/labels.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::rules {

class TestStorage final : public query::SeriesSource {
  public:
    // In the order of time; a second sample of one time takes the place of the first.
    void add(const query::Labels& labels, int64_t at_ms, double value);
    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override;

  private:
    struct Series {
        std::vector<query::Label> views;  // of the key
        std::vector<int64_t> times_ms;
        std::vector<double> values;
    };
    std::map<query::Labels, Series> series_;
};

}  // namespace vigie::controller::rules
