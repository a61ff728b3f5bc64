// The rows of one host in one slot, turned from rows into columns.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/blocks/chunk.hpp"
#include "controller/store/sample_row_view.hpp"

namespace vigie::controller {

class HostTable {
  public:
    struct Column {
        uint64_t series = 0;
        std::vector<uint32_t> moments{};  // places in times_ms(), rising
        std::vector<double> values{};
    };

    // A row as it stands in the head. Of two values of one series and time the one added later counts.
    Result<void> add(std::string_view sample_row);
    // What a block holds of the host, before any row: its times, also those at which it has no series, and each series.
    void add_block_times(const std::vector<int64_t>& times_ms);
    void add_block(const std::vector<int64_t>& times_ms, uint64_t series, const blocks::Chunk& chunk);

    // After the last add.
    void turn();
    const std::vector<int64_t>& times_ms() const { return times_ms_; }
    const std::vector<Column>& columns() const { return columns_; }
    size_t samples() const { return samples_; }

  private:
    struct Row {
        int64_t at_ms;
        size_t first;  // of values_
        size_t list;   // of lists_
    };
    Result<size_t> list_of(const SampleRowView& row, std::string_view bytes);
    size_t column_of(uint64_t series);
    void put(Column& column, uint32_t moment, double value);
    void turn_row(const Row& row, uint32_t moment);

    std::vector<Row> rows_;
    std::vector<double> values_;
    std::vector<std::vector<uint32_t>> lists_;             // columns of each value of a row
    std::unordered_map<std::string, size_t> list_by_ids_;  // ids as rows write them -> list
    std::string last_ids_;
    size_t last_list_ = 0;
    std::map<int64_t, std::vector<std::pair<size_t, double>>> of_block_;  // time -> column, value
    std::unordered_map<uint64_t, size_t> by_series_;
    std::vector<Column> columns_;
    std::vector<int64_t> times_ms_;
    size_t samples_ = 0;
};

}  // namespace vigie::controller
