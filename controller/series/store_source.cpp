// Labels decide which hosts' rows are read; each row then gives all series their point of its time.
#include "controller/series/store_source.hpp"

#include <bit>

#include "controller/store/keys.hpp"
#include "controller/store/sample_row_view.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

namespace {

// What work costs beside looking at one sample: a seek in the store, a row of it, a series' labels.
constexpr size_t cost_of_seek = 200;
constexpr size_t cost_of_row = 20;
constexpr size_t values_for_cost_of_one = 64;

const double stale_marker = std::bit_cast<double>(query::stale_bits);

// Both included.
struct Buckets {
    int64_t first = 0;
    int64_t last = -1;
};

int64_t bucket_of(int64_t unix_ms) {
    return std::clamp<int64_t>(unix_ms / keys::head_bucket_width.count(), 0, UINT32_MAX);
}

// Those that hold rows: centuries asked for must not cost a look into each of their buckets.
Result<Buckets> stored_buckets(const StateStore& store) {
    Buckets stored;
    Result<void> read;
    const auto note = [&read](int64_t& bucket) {
        return [&read, &bucket](std::string_view key, auto) {
            const auto head = keys::read_head(key);
            read = head ? Result<void>() : fail(head.error());
            bucket = head ? head->bucket : bucket;
            return false;
        };
    };
    VIGIE_CHECK(store.scan(Family::head, "", "", note(stored.first)));
    VIGIE_CHECK(std::move(read));
    VIGIE_CHECK(store.scan_back(Family::head, "", "", note(stored.last)));
    VIGIE_CHECK(std::move(read));
    return stored;
}

// The buckets of what is needed, each once, in order.
std::vector<Buckets> needed_buckets(const std::vector<query::Need>& needs, const Buckets& stored) {
    std::vector<Buckets> all;
    for (const auto& need : needs) {
        const Buckets some{std::max(bucket_of(need.from_ms), stored.first),
                           std::min(bucket_of(need.to_ms), stored.last)};
        if (some.first <= some.last) {
            all.push_back(some);
        }
    }
    std::sort(all.begin(), all.end(), [](const Buckets& a, const Buckets& b) { return a.first < b.first; });
    std::vector<Buckets> merged;
    for (const auto& some : all) {
        if (!merged.empty() && some.first <= merged.back().last + 1) {
            merged.back().last = std::max(merged.back().last, some.last);
        } else {
            merged.push_back(some);
        }
    }
    return merged;
}

// Whose rows hold the series.
std::string host_of(const LabelSet& labels) {
    const auto found = labels.find("instance");
    return found == labels.end() ? "" : found->second;
}

}  // namespace

// Reads the rows of one host after the other.
class RowReader {
  public:
    using Column = StoreSource::Column;

    RowReader(const StateStore& store, query::Budget& budget, const std::unordered_map<uint64_t, Column*>& by_id)
        : store_(store), budget_(budget), by_id_(by_id) {}

    Result<void> read(const AgentId& host, const std::vector<Column*>& columns, const std::vector<Buckets>& needed) {
        known_ids_.clear();
        picks_.clear();
        for (const auto& some : needed) {
            for (auto bucket = some.first; bucket <= some.last; ++bucket) {
                VIGIE_CHECK(read_bucket(host, static_cast<uint32_t>(bucket)));
                VIGIE_CHECK(add_rows(columns));
            }
        }
        return {};
    }

  private:
    struct Pick {
        size_t index;  // in the row
        Column* column;
    };
    struct Row {
        int64_t at_ms;
        size_t first;  // of points_
        size_t count;
    };

    Result<void> read_bucket(const AgentId& host, uint32_t bucket) {
        VIGIE_CHECK(budget_.spend(cost_of_seek));
        rows_.clear();
        points_.clear();
        Result<void> taken;
        const auto prefix = keys::head_prefix(bucket, host);
        VIGIE_CHECK(store_.scan(Family::head, prefix, keys::after_prefix(prefix), [&](auto, std::string_view row) {
            taken = take(row, bucket);
            return taken.has_value();
        }));
        VIGIE_CHECK(std::move(taken));
        // Rows stand by outbox and number; two outboxes of one host may overlap in time.
        std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.at_ms < b.at_ms; });
        return {};
    }

    Result<void> take(std::string_view bytes, uint32_t bucket) {
        VIGIE_TRY(const auto row, view_sample_row(bytes));
        VIGIE_CHECK(budget_.spend(cost_of_row + row.count() / values_for_cost_of_one));
        if (keys::head_bucket(row.sampled_at) != bucket) {
            return fail(ErrorCode::corrupt, "store: a row of samples stands under a time that is not its own");
        }
        VIGIE_CHECK(pick(row, bytes));
        rows_.push_back({unix_ms(row.sampled_at), points_.size(), picks_.size()});
        for (const auto& one : picks_) {
            points_.emplace_back(one.column, row.value(one.index));
        }
        return {};
    }

    // Which of the row's values are wanted: what it was for the row before when that had the same series.
    Result<void> pick(const SampleRowView& row, std::string_view bytes) {
        if (row.ids == known_ids_ && row.count() == known_count_ && !known_ids_.empty()) {
            return {};
        }
        VIGIE_TRY(const auto whole, read_sample_row(bytes));
        picks_.clear();
        for (size_t i = 0; i < whole.series.size(); ++i) {
            if (const auto found = by_id_.find(whole.series[i]); found != by_id_.end()) {
                picks_.push_back({i, found->second});
            }
        }
        known_ids_ = row.ids;
        known_count_ = row.count();
        return budget_.spend(whole.series.size());
    }

    Result<void> add_rows(const std::vector<Column*>& columns) {
        for (size_t i = 0; i < rows_.size();) {
            const auto at_ms = rows_[i].at_ms;
            ++moment_;
            for (; i < rows_.size() && rows_[i].at_ms == at_ms; ++i) {
                for (size_t k = 0; k < rows_[i].count; ++k) {
                    const auto& [column, value] = points_[rows_[i].first + k];
                    VIGIE_CHECK(add(*column, at_ms, value));
                    column->seen_in = moment_;
                    column->is_live = true;
                }
            }
            VIGIE_CHECK(end_missing(columns, at_ms));
        }
        return {};
    }

    Result<void> end_missing(const std::vector<Column*>& columns, int64_t at_ms) {
        for (auto* column : columns) {
            if (column->is_live && column->seen_in != moment_) {
                VIGIE_CHECK(add(*column, at_ms, stale_marker));
                column->is_live = false;
            }
        }
        return budget_.spend(columns.size());
    }

    // Of several values of one time (a host that sent it from two outboxes) the one read last.
    Result<void> add(Column& column, int64_t at_ms, double value) {
        if (at_ms < column.from_ms || at_ms > column.to_ms) {
            return {};
        }
        if (!column.times_ms.empty() && column.times_ms.back() == at_ms) {
            column.values.back() = value;
            return {};
        }
        VIGIE_CHECK(budget_.take(1));
        column.times_ms.push_back(at_ms);
        column.values.push_back(value);
        return {};
    }

    const StateStore& store_;
    query::Budget& budget_;
    const std::unordered_map<uint64_t, Column*>& by_id_;
    std::vector<Pick> picks_;
    std::string known_ids_;  // of the row that picks_ were made for
    size_t known_count_ = 0;
    std::vector<Row> rows_;  // of one bucket
    std::vector<std::pair<Column*, double>> points_;
    uint64_t moment_ = 0;  // counts the different times of rows
};

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
        column->from_ms = need.from_ms;
        column->to_ms = need.to_ms;
        by_host_[host_of(column->labels)].push_back(column);
    }
    by_id_.emplace(series.id, column);
    column->from_ms = std::min(column->from_ms, need.from_ms);
    column->to_ms = std::max(column->to_ms, need.to_ms);
    return *column;
}

Result<void> StoreSource::find(const query::Need& need) {
    const auto& matchers = need.selector->matchers;
    VIGIE_TRY(const auto found, find_series(store_, matchers, {.series_max = series_max_, .budget = &budget_}));
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
    for (const auto& need : needs_) {
        VIGIE_CHECK(find(need));
    }
    VIGIE_TRY(const auto stored, stored_buckets(store_));
    const auto needed = needed_buckets(needs_, stored);
    RowReader rows(store_, budget_, by_id_);
    for (const auto& [host, columns] : by_host_) {
        VIGIE_CHECK(rows.read(AgentId{host}, columns, needed));
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
        if (!column->times_ms.empty()) {
            series.push_back({column->views, column->times_ms, column->values});
        }
    }
    return series;
}

}  // namespace vigie::controller
