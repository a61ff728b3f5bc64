// Labels decide which hosts' rows and blocks are read, and each of them gives all series their samples.
#include "controller/series/store_source.hpp"

#include <algorithm>

#include "shared/core/assert.hpp"

namespace vigie::controller {

namespace {

// Whose rows hold the series.
std::string host_of(const LabelSet& labels) {
    const auto found = labels.find("instance");
    return found == labels.end() ? "" : found->second;
}

}  // namespace

StoreSource::Column& StoreSource::column_of(const SelectedSeries& series, const query::Need& need) {
    auto labels = series.labels;
    // A label without a value is a label that is not there.
    std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
    auto& column = by_labels_[labels];
    if (column == nullptr) {
        column = &columns_.emplace_back();
        column->labels = std::move(labels);
        for (const auto& [name, value] : column->labels) {
            column->views.push_back({name, value});
        }
        column->samples.from_ms = need.from_ms;
        column->samples.to_ms = need.to_ms;
    }
    if (by_id_.emplace(series.id, column).second) {
        auto& host = by_host_[host_of(column->labels)];
        host.agent = AgentId{host_of(column->labels)};
        host.series.push_back({series.id, place_of(column->labels), &column->samples});
    }
    column->samples.from_ms = std::min(column->samples.from_ms, need.from_ms);
    column->samples.to_ms = std::max(column->samples.to_ms, need.to_ms);
    return *column;
}

Result<void> StoreSource::find(const StoreSnapshot& snapshot, const query::Need& need) {
    const auto& matchers = need.selector->matchers;
    VIGIE_TRY(const auto found, find_series(snapshot, matchers, {.series_max = series_max_, .budget = &budget_}));
    auto& columns = by_selector_[&matchers];
    for (const auto& series : found) {
        auto* column = &column_of(series, need);
        if (columns.empty() || columns.back() != column) {  // by labels, so that those of one column are neighbours
            columns.push_back(column);
        }
    }
    if (columns_.size() > series_max_) {
        return fail(ErrorCode::too_large, "the query selects more than {} series: narrow it down", series_max_);
    }
    return {};
}

Result<void> StoreSource::read() {
    const auto snapshot = store_.snapshot();
    std::vector<TimeRange> ranges;
    for (const auto& need : needs_) {
        VIGIE_CHECK(find(*snapshot, need));
        ranges.push_back({need.from_ms, need.to_ms});
    }
    std::vector<WantedHost> hosts;
    for (auto& [_, host] : by_host_) {
        hosts.push_back(std::move(host));
    }
    return read_columns(*snapshot, hosts, ranges, Ends::marked, budget_);
}

Result<std::vector<query::SeriesSamples>> StoreSource::select(const query::Selection& selection) {
    if (!is_read_) {
        VIGIE_CHECK(read());
        is_read_ = true;
    }
    const auto found = by_selector_.find(&selection.matchers);
    VIGIE_ASSERT(found != by_selector_.end());  // a selector that is none of the needs'
    std::vector<query::SeriesSamples> series;
    for (const auto* column : found->second) {
        const auto& samples = column->samples;
        if (!samples.times_ms.empty()) {
            series.push_back({column->views, samples.times_ms, samples.values});
        }
    }
    return series;
}

}  // namespace vigie::controller
