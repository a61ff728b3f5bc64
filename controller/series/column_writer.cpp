// Every sample taken counts against the budget before it is held.
#include "controller/series/column_writer.hpp"

#include <algorithm>
#include <bit>

#include "controller/query/source.hpp"

namespace vigie::controller {

namespace {
const double stale_marker = std::bit_cast<double>(query::stale_bits);
constexpr size_t samples_reserved_max = 4096;
}  // namespace

Result<void> ColumnWriter::begin_moment(int64_t at_ms) {
    at_ms_ = at_ms;
    ++moment_;
    return {};
}

Result<void> ColumnWriter::add(SampleColumn& column, double value) {
    column.seen_in = moment_;
    column.is_live = true;
    return put(column, at_ms_, value);
}

Result<void> ColumnWriter::end_moment(std::span<SampleColumn* const> columns) {
    for (auto* column : columns) {
        if (column->is_live && column->seen_in != moment_) {
            VIGIE_CHECK(end(*column, at_ms_));
        }
    }
    return budget_.spend(columns.size());
}

Result<void> ColumnWriter::add_chunk(SampleColumn& column, std::span<const int64_t> times_ms,
                                     const blocks::Chunk* chunk) {
    size_t value = 0;
    uint32_t next = 0;  // moment
    for (const auto& run : chunk == nullptr ? std::span<const blocks::Run>() : std::span(chunk->runs)) {
        if (column.is_live && run.first > next) {
            VIGIE_CHECK(end(column, times_ms[next]));
        }
        VIGIE_CHECK(put_run(column, times_ms.subspan(run.first, run.count),
                            std::span(chunk->values).subspan(value, run.count)));
        column.is_live = true;
        value += run.count;
        next = run.first + run.count;
    }
    if (column.is_live && next < times_ms.size()) {
        VIGIE_CHECK(end(column, times_ms[next]));
    }
    return {};
}

Result<void> ColumnWriter::end(SampleColumn& column, int64_t at_ms) {
    column.is_live = false;
    return ends_ == Ends::marked ? put(column, at_ms, stale_marker) : Result<void>();
}

Result<void> ColumnWriter::put(SampleColumn& column, int64_t at_ms, double value) {
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

Result<void> ColumnWriter::put_run(SampleColumn& column, std::span<const int64_t> times_ms,
                                   std::span<const double> values) {
    const auto begin = times_ms.begin();
    const auto first = std::lower_bound(begin, times_ms.end(), column.from_ms) - begin;
    const auto last = std::upper_bound(begin, times_ms.end(), column.to_ms) - begin;
    if (first >= last) {
        return {};
    }
    VIGIE_CHECK(budget_.take(static_cast<size_t>(last - first)));
    if (column.times_ms.empty()) {
        // Most series go on as they begin: as much as the run's density asks for until the end.
        const auto slots = 1 + static_cast<size_t>((column.to_ms - times_ms.front()) / keys::head_bucket_width.count());
        const auto expected = std::min(samples_reserved_max, times_ms.size() * slots);
        column.times_ms.reserve(expected);
        column.values.reserve(expected);
    }
    column.times_ms.insert(column.times_ms.end(), begin + first, begin + last);
    column.values.insert(column.values.end(), values.begin() + first, values.begin() + last);
    return {};
}

}  // namespace vigie::controller
