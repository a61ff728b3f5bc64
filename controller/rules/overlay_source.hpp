// A source and, over it, what the rules of one evaluation have written so far: a rule sees what the ones before it in
// its group recorded, before it is stored.
#pragma once
#include <deque>
#include <map>

#include "controller/query/labels.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::rules {

// One evaluation's samples, all of one time.
class Overlay {
  public:
    explicit Overlay(int64_t at_ms) : at_ms_(at_ms) {}
    // A second sample of a series takes the place of the first.
    void add(const query::Labels& labels, double value);

  private:
    friend class OverlaySource;
    struct Sample {
        std::vector<query::Label> views{};  // of the key
        double value = 0;
    };
    int64_t at_ms_;
    std::map<query::Labels, Sample> samples_;
};

class OverlaySource final : public query::SeriesSource {
  public:
    // Keeps the references.
    OverlaySource(query::SeriesSource& below, const Overlay& overlay) : below_(below), overlay_(overlay) {}
    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override;

  private:
    query::SeriesSource& below_;
    const Overlay& overlay_;
    std::deque<std::vector<int64_t>> times_;
    std::deque<std::vector<double>> values_;
};

}  // namespace vigie::controller::rules
