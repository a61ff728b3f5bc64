// How samples come into columns, moment by moment or a chunk at a time, and where series end.
#pragma once
#include "controller/blocks/chunk.hpp"
#include "controller/series/sample_columns.hpp"

namespace vigie::controller {

class ColumnWriter {
  public:
    ColumnWriter(Ends ends, query::Budget& budget) : ends_(ends), budget_(budget) {}

    // All that a host's rows hold at one time, after that of the time before.
    Result<void> begin_moment(int64_t at_ms);
    // Of several values of one time (a host that sent it from two outboxes) the one added last.
    Result<void> add(SampleColumn& column, double value);
    // The columns of the host: those that the moment lacks have ended.
    Result<void> end_moment(std::span<SampleColumn* const> columns);

    // The same of a whole block of times at once. nullptr: the block has nothing of it.
    Result<void> add_chunk(SampleColumn& column, std::span<const int64_t> times_ms, const blocks::Chunk* chunk);

  private:
    Result<void> put(SampleColumn& column, int64_t at_ms, double value);
    Result<void> put_run(SampleColumn& column, std::span<const int64_t> times_ms, std::span<const double> values);
    Result<void> end(SampleColumn& column, int64_t at_ms);

    const Ends ends_;
    query::Budget& budget_;
    int64_t at_ms_ = 0;
    uint64_t moment_ = 0;  // counts the different times of rows
};

}  // namespace vigie::controller
