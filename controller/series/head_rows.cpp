// Most rows of a host name the same series: which of a row's values are wanted is what it was for the row before when
// that had the same ids.
#include "controller/series/head_rows.hpp"

#include <algorithm>

namespace vigie::controller {

namespace {
// What work costs beside looking at one sample: a seek in the store, a row of it.
constexpr size_t cost_of_seek = 200;
constexpr size_t cost_of_row = 20;
constexpr size_t values_for_cost_of_one = 64;

}  // namespace

HeadRows::HeadRows(const StoreSnapshot& snapshot, query::Budget& budget)
    : head_(snapshot.cursor(Family::head)), budget_(budget) {}

Result<std::optional<uint32_t>> HeadRows::bucket_from(uint32_t bucket) {
    if (!std::exchange(is_placed_, true) || bucket > bucket_) {
        head_->seek(keys::head_bucket_start(bucket));
        return note_bucket();
    }
    return bucket_ > UINT32_MAX ? std::optional<uint32_t>() : std::optional(static_cast<uint32_t>(bucket_));
}

// Where the cursor stands now.
Result<std::optional<uint32_t>> HeadRows::note_bucket() {
    bucket_ = uint64_t{UINT32_MAX} + 1;
    if (!head_->is_at_row()) {
        return head_->status().map([] { return std::optional<uint32_t>(); });
    }
    VIGIE_TRY(const auto key, keys::read_head(head_->key()));
    bucket_ = key.bucket;
    return std::optional(key.bucket);
}

Result<bool> HeadRows::find(uint32_t bucket, const AgentId& agent) {
    if (bucket < bucket_) {
        return false;
    }
    const auto prefix = keys::head_prefix(bucket, agent);
    // Asked for in order, the cursor mostly stands at the host's rows, or behind all hosts of a sealed bucket.
    if (!head_->is_at_row() || head_->key() < prefix) {
        VIGIE_CHECK(budget_.spend(cost_of_seek));
        head_->seek(prefix);
    }
    if (!head_->is_at_row()) {
        return head_->status().map([] { return false; });
    }
    const bool is_found = head_->key().starts_with(prefix);
    return is_found ? Result<bool>(true) : note_bucket().map([](const auto&) { return false; });
}

Result<void> HeadRows::take(uint32_t bucket, const WantedHost& host) {
    if (wanted_of_ != host.agent) {
        wanted_of_ = host.agent;
        known_ids_.clear();
        wanted_.clear();
        for (const auto& one : host.series) {
            wanted_.emplace(one.id, one.column);
        }
    }
    const auto prefix = keys::head_prefix(bucket, host.agent);
    for (; head_->is_at_row() && head_->key().starts_with(prefix); head_->next()) {
        VIGIE_CHECK(take_row(head_->value(), bucket));
    }
    return head_->status();
}

Result<void> HeadRows::take_row(std::string_view bytes, uint32_t bucket) {
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

Result<void> HeadRows::pick(const SampleRowView& row, std::string_view bytes) {
    if (row.ids == known_ids_ && row.count() == known_count_ && !known_ids_.empty()) {
        return {};
    }
    VIGIE_TRY(const auto whole, read_sample_row(bytes));
    picks_.clear();
    for (size_t i = 0; i < whole.series.size(); ++i) {
        if (const auto found = wanted_.find(whole.series[i]); found != wanted_.end()) {
            picks_.push_back({i, found->second});
        }
    }
    known_ids_ = row.ids;
    known_count_ = row.count();
    return budget_.spend(whole.series.size());
}

void HeadRows::add_block_times(std::span<const int64_t> times_ms) {
    for (const auto at_ms : times_ms) {
        rows_.push_back({at_ms, 0, 0});
    }
}

Result<void> HeadRows::add_block(std::span<const int64_t> times_ms, SampleColumn& column, const blocks::Chunk& chunk) {
    size_t value = 0;
    for (const auto& run : chunk.runs) {
        for (uint32_t i = 0; i < run.count; ++i) {
            rows_.push_back({times_ms[run.first + i], points_.size(), 1});
            points_.emplace_back(&column, chunk.values[value++]);
        }
    }
    return budget_.spend(chunk.values.size());
}

Result<void> HeadRows::give(ColumnWriter& writer, std::span<SampleColumn* const> columns) {
    // Rows stand by outbox and number; two outboxes of one host may overlap in time.
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.at_ms < b.at_ms; });
    for (size_t i = 0; i < rows_.size();) {
        const auto at_ms = rows_[i].at_ms;
        VIGIE_CHECK(writer.begin_moment(at_ms));
        for (; i < rows_.size() && rows_[i].at_ms == at_ms; ++i) {
            for (size_t k = 0; k < rows_[i].count; ++k) {
                const auto& [column, value] = points_[rows_[i].first + k];
                VIGIE_CHECK(writer.add(*column, value));
            }
        }
        VIGIE_CHECK(writer.end_moment(columns));
    }
    rows_.clear();
    points_.clear();
    return {};
}

}  // namespace vigie::controller
