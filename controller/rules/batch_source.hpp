// The samples that one host took at one time, as PromQL reads them: each series has that one sample.
#pragma once
#include <unordered_map>

#include "controller/query/source.hpp"
#include "controller/rules/evaluate.hpp"

namespace vigie::controller::rules {

class BatchSource final : public query::SeriesSource {
  public:
    // Keeps the reference.
    explicit BatchSource(const HostSamples& host) : host_(host), at_ms_(unix_ms(host.sampled_at)) {}

    // The selector picks this sample.
    void pick(const query::Selector& selector, size_t sample) { picks_[&selector.matchers].push_back(sample); }
    bool has_picks(const query::Selector& selector) const { return picks_.contains(&selector.matchers); }
    // Only of selectors that were picked for; others have nothing.
    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override;

  private:
    const HostSamples& host_;
    const int64_t at_ms_;
    std::unordered_map<const std::vector<query::Matcher>*, std::vector<size_t>> picks_;
    std::unordered_map<size_t, std::vector<query::Label>> labels_;  // of samples that were asked for
};

}  // namespace vigie::controller::rules
