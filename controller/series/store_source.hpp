// The stored samples as PromQL reads them. What all selectors of a query need is read at once, each row one time.
//
// A series that a host's row lacks, although the one before had it, is stale from that row's time on: it gets a stale
// marker there, as Prometheus gives one to a series that vanishes from a scrape. A host that fell silent has no such
// row: its series live on for the engine's lookback.
#pragma once
#include <deque>
#include <unordered_map>

#include "controller/query/engine.hpp"
#include "controller/series/sample_columns.hpp"
#include "controller/series/select.hpp"

namespace vigie::controller {

class StoreSource final : public query::SeriesSource {
  public:
    // `needs`: of the one query that it serves, whose expression outlives it; so do the store and the budget, of which
    // each sample takes one. Any thread, one at a time.
    StoreSource(const StateStore& store, std::vector<query::Need> needs, query::Budget& budget, size_t series_max)
        : store_(store), needs_(std::move(needs)), budget_(budget), series_max_(series_max) {}
    StoreSource(const StoreSource&) = delete;
    StoreSource& operator=(const StoreSource&) = delete;

    // Reads everything at the first call, as of one moment.
    // too_large: more than series_max series in all selectors together, or over the budget.
    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override;

  private:
    struct Column {
        LabelSet labels{};
        std::vector<query::Label> views{};                // of them
        SampleColumn samples{.from_ms = 0, .to_ms = -1};  // to_ms before from_ms: nobody wants it yet
    };

    Result<void> read();
    Result<void> find(const StoreSnapshot& snapshot, const query::Need& need);
    Column& column_with(LabelSet labels);
    Column& column_of(SelectedSeries&& series, const query::Need& need);

    const StateStore& store_;
    const std::vector<query::Need> needs_;
    query::Budget& budget_;
    const size_t series_max_;
    bool is_read_ = false;
    std::deque<Column> columns_;                            // stay where they are
    std::unordered_multimap<uint64_t, Column*> by_labels_;  // by their hash
    std::unordered_map<uint64_t, Column*> by_id_;
    std::map<std::string, WantedHost> by_owner_;
    std::map<const std::vector<query::Matcher>*, std::vector<Column*>> by_selector_;
};

}  // namespace vigie::controller
