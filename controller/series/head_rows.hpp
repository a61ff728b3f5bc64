// The rows of one host in one bucket of the head, and which of their values are wanted.
#pragma once
#include <unordered_map>

#include "controller/blocks/chunk.hpp"
#include "controller/series/column_writer.hpp"
#include "controller/store/sample_row_view.hpp"

namespace vigie::controller {

class HeadRows {
  public:
    HeadRows(const StoreSnapshot& snapshot, query::Budget& budget);

    // The first bucket at or after this one that has rows. Ask from early to late.
    Result<std::optional<uint32_t>> bucket_from(uint32_t bucket);
    // Whether the host has rows in the bucket. Fastest in the order of the keys.
    Result<bool> find(uint32_t bucket, const AgentId& agent);
    // Takes the rows that were found.
    Result<void> take(uint32_t bucket, const WantedHost& host);
    // What a block has, before any row is taken: its times, since those without a value of a series end it, and of each
    // series its chunk.
    void add_block_times(std::span<const int64_t> times_ms);
    Result<void> add_block(std::span<const int64_t> times_ms, SampleColumn& column, const blocks::Chunk& chunk);
    // Gives everything to the writer, by time, and forgets it.
    Result<void> give(ColumnWriter& writer, std::span<SampleColumn* const> columns);

  private:
    struct Pick {
        size_t index;  // in the row
        SampleColumn* column;
    };
    struct Row {
        int64_t at_ms;
        size_t first;  // of points_
        size_t count;
    };
    Result<void> take_row(std::string_view bytes, uint32_t bucket);
    Result<void> pick(const SampleRowView& row, std::string_view bytes);

    Result<std::optional<uint32_t>> note_bucket();

    std::unique_ptr<StoreCursor> head_;
    bool is_placed_ = false;  // the cursor has been put somewhere
    uint64_t bucket_ = 0;     // no row of a bucket before it stands at or behind the cursor
    query::Budget& budget_;
    std::unordered_map<uint64_t, SampleColumn*> wanted_;  // of the host that was taken last
    AgentId wanted_of_;
    std::vector<Pick> picks_;
    std::string known_ids_;  // of the row that picks_ were made for
    size_t known_count_ = 0;
    std::vector<Row> rows_;
    std::vector<std::pair<SampleColumn*, double>> points_;
};

}  // namespace vigie::controller
