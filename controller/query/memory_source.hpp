// Series in memory as a source: for what a batch holds, and for tests.
#pragma once
#include <map>

#include "controller/query/labels.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::query {

class MemorySource final : public SeriesSource {
  public:
    // By time, as many values as times. Labels with an empty value are left out. Not while a query runs.
    void add(const Labels& labels, std::vector<int64_t> times_ms, std::vector<double> values);
    Result<std::vector<SeriesSamples>> select(const Selection& selection) override;

  private:
    struct Series {
        std::vector<Label> views;  // of the key
        std::vector<int64_t> times_ms;
        std::vector<double> values;
    };
    std::map<Labels, Series> series_;
};

}  // namespace vigie::controller::query
