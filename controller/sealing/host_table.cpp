// Rows of a host mostly name the same series, so which column each value goes to is found once for each list of ids.
#include "controller/sealing/host_table.hpp"

#include <algorithm>

#include "shared/core/assert.hpp"

namespace vigie::controller {

size_t HostTable::column_of(uint64_t series) {
    const auto [found, is_new] = by_series_.try_emplace(series, columns_.size());
    if (is_new) {
        columns_.push_back({.series = series});
    }
    return found->second;
}

Result<size_t> HostTable::list_of(const SampleRowView& row, std::string_view bytes) {
    if (!lists_.empty() && row.ids == last_ids_ && row.count() == lists_[last_list_].size()) {
        return last_list_;
    }
    VIGIE_TRY(const auto whole, read_sample_row(bytes));
    last_ids_ = row.ids;
    const auto [found, is_new] = list_by_ids_.try_emplace(last_ids_, lists_.size());
    last_list_ = found->second;
    if (is_new) {
        auto& list = lists_.emplace_back();
        for (const auto series : whole.series) {
            list.push_back(static_cast<uint32_t>(column_of(series)));
        }
    }
    return last_list_;
}

Result<void> HostTable::add(std::string_view sample_row) {
    VIGIE_TRY(const auto row, view_sample_row(sample_row));
    VIGIE_TRY(const auto list, list_of(row, sample_row));
    rows_.push_back({unix_ms(row.sampled_at), values_.size(), list});
    for (size_t i = 0; i < row.count(); ++i) {
        values_.push_back(row.value(i));
    }
    return {};
}

void HostTable::add_block_times(const std::vector<int64_t>& times_ms) {
    for (const auto at_ms : times_ms) {
        of_block_.try_emplace(at_ms);
    }
}

void HostTable::add_block(const std::vector<int64_t>& times_ms, uint64_t series, const blocks::Chunk& chunk) {
    const auto column = column_of(series);
    size_t value = 0;
    for (const auto& run : chunk.runs) {
        for (uint32_t i = 0; i < run.count; ++i) {
            of_block_[times_ms[run.first + i]].emplace_back(column, chunk.values[value++]);
        }
    }
}

void HostTable::put(Column& column, uint32_t moment, double value) {
    if (!column.moments.empty() && column.moments.back() == moment) {
        column.values.back() = value;
        return;
    }
    column.moments.push_back(moment);
    column.values.push_back(value);
    ++samples_;
}

void HostTable::turn_row(const Row& row, uint32_t moment) {
    const auto& list = lists_[row.list];
    for (size_t i = 0; i < list.size(); ++i) {
        put(columns_[list[i]], moment, values_[row.first + i]);
    }
}

void HostTable::turn() {
    // Rows stand by outbox and number; two outboxes of one host may overlap in time.
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.at_ms < b.at_ms; });
    auto old = of_block_.begin();
    for (size_t i = 0; i < rows_.size() || old != of_block_.end();) {
        const auto at_ms =
            old != of_block_.end() && (i == rows_.size() || old->first <= rows_[i].at_ms) ? old->first : rows_[i].at_ms;
        const auto moment = static_cast<uint32_t>(times_ms_.size());
        times_ms_.push_back(at_ms);
        if (old != of_block_.end() && old->first == at_ms) {
            for (const auto& [column, value] : old->second) {
                put(columns_[column], moment, value);
            }
            ++old;
        }
        for (; i < rows_.size() && rows_[i].at_ms == at_ms; ++i) {
            turn_row(rows_[i], moment);
        }
    }
}

}  // namespace vigie::controller
