// Labels decide which hosts' rows and blocks are read, and each of them gives all series their samples.
#include "controller/series/store_source.hpp"

#include <algorithm>

#include "controller/series/series_search.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

namespace {

// A label set that two rules of different names recorded was read from the rows of the one after the other's.
void put_in_order(SampleColumn& column) {
    if (std::is_sorted(column.times_ms.begin(), column.times_ms.end())) {
        return;
    }
    std::map<int64_t, double> by_time;
    for (size_t i = 0; i < column.times_ms.size(); ++i) {
        by_time.insert_or_assign(column.times_ms[i], column.values[i]);
    }
    column.times_ms.clear();
    column.values.clear();
    for (const auto& [at_ms, value] : by_time) {
        column.times_ms.push_back(at_ms);
        column.values.push_back(value);
    }
}

// What a selector reads that asks for more than samples: what coarser tiers have, then the samples themselves.
Result<void> add_samples_to_coarse(SampleColumn& column, query::Budget& budget) {
    if (column.coarse_to_ms == INT64_MIN) {
        return {};
    }
    const auto first = std::upper_bound(column.times_ms.begin(), column.times_ms.end(), column.coarse_to_ms);
    const auto value = column.values.begin() + (first - column.times_ms.begin());
    for (auto& [reading, coarse] : column.coarse) {
        VIGIE_CHECK(budget.take(static_cast<size_t>(column.times_ms.end() - first)));
        coarse.times_ms.insert(coarse.times_ms.end(), first, column.times_ms.end());
        coarse.values.insert(coarse.values.end(), value, column.values.end());
        if (reading == query::Reading::total) {
            coarse.counts.resize(coarse.values.size(), 1.0);
        }
    }
    return {};
}

}  // namespace

// The column of these labels; a new one when there is none.
StoreSource::Column& StoreSource::column_with(LabelSet labels) {
    // A label without a value is a label that is not there.
    std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
    auto& column = columns_.emplace_back();
    column.labels = std::move(labels);
    column.views.reserve(column.labels.size());
    for (const auto& [name, value] : column.labels) {
        column.views.push_back({name, value});
    }
    const query::SeriesLabels views(column.views);
    const auto hash = views.hash();
    const auto [first, last] = by_labels_.equal_range(hash);
    const auto same = std::find_if(
        first, last, [&views](const auto& entry) { return query::SeriesLabels(entry.second->views) == views; });
    if (same != last) {
        columns_.pop_back();
        return *same->second;
    }
    by_labels_.emplace(hash, &column);
    return column;
}

StoreSource::Column& StoreSource::column_of(SelectedSeries&& series, const query::Need& need) {
    auto& column = by_id_[series.id];
    if (column == nullptr) {
        column = &column_with(std::move(series.labels));
        if (column->samples.to_ms < column->samples.from_ms) {
            column->samples.from_ms = need.from_ms;
            column->samples.to_ms = need.to_ms;
        }
        auto& host = by_owner_[series.owner];
        host.series.push_back({series.id, place_of(column->labels), &column->samples});
    }
    column->samples.from_ms = std::min(column->samples.from_ms, need.from_ms);
    column->samples.to_ms = std::max(column->samples.to_ms, need.to_ms);
    return *column;
}

Result<void> StoreSource::find(const StoreSnapshot& snapshot, const query::Need& need) {
    const auto& matchers = need.selector->matchers;
    VIGIE_TRY(auto found, search_series(snapshot, matchers, {.series_max = series_max_, .budget = &budget_}));
    auto& columns = by_selector_[&matchers];
    columns.reserve(found.size());
    for (auto& series : found) {
        auto& column = column_of(std::move(series), need);
        if (need.reading != query::Reading::samples) {
            column.samples.coarse.try_emplace(need.reading);
        }
        columns.push_back(&column);
    }
    std::sort(columns.begin(), columns.end(), [](const Column* a, const Column* b) {
        return a != b && query::SeriesLabels(a->views) < query::SeriesLabels(b->views);
    });
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
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
    hosts.reserve(by_owner_.size());
    for (auto& [owner, host] : by_owner_) {
        host.agent = AgentId{owner};
        hosts.push_back(std::move(host));
    }
    VIGIE_CHECK(read_columns(*snapshot, hosts, ranges, Ends::marked, budget_));
    for (auto& column : columns_) {
        put_in_order(column.samples);
        VIGIE_CHECK(add_samples_to_coarse(column.samples, budget_));
    }
    return {};
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
        const auto coarse = samples.coarse.find(selection.reading);
        if (coarse != samples.coarse.end() && samples.coarse_to_ms != INT64_MIN) {
            if (const auto& of_both = coarse->second; !of_both.times_ms.empty()) {
                series.push_back({column->views, of_both.times_ms, of_both.values, of_both.counts});
            }
        } else if (!samples.times_ms.empty()) {
            series.push_back({column->views, samples.times_ms, samples.values});
        }
    }
    return series;
}

}  // namespace vigie::controller
