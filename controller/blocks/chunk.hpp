// One series in one slot: which of its host's moments it has a value at, and the values.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "controller/blocks/values.hpp"

namespace vigie::controller::blocks {

// Places in the times of the host's rows (times.hpp).
struct Run {
    uint32_t first = 0;
    uint32_t count = 0;
    bool operator==(const Run&) const = default;
};

struct Chunk {
    std::vector<Run> runs{};  // rising, apart from each other
    std::vector<double> values{};
};

// Runs of places that rise.
std::vector<Run> runs_of(std::span<const uint32_t> places);

// `moments`: how many there are; runs lie below.
std::string encode_chunk(std::span<const Run> runs, std::span<const double> values, size_t moments);
// Into `out`, whose space is used again. corrupt: it is none of so many moments.
Result<void> decode_chunk(std::string_view bytes, size_t moments, Chunk& out);

// The same of several columns of values in one chunk, such as a tier's: as many values in each.
std::string encode_columns(std::span<const Run> runs, std::span<const std::vector<double>> columns, size_t moments);
// Of the columns those before `column` are decoded and dropped; `out` gets that one.
Result<void> decode_column(std::string_view bytes, size_t moments, size_t column, Chunk& out);

}  // namespace vigie::controller::blocks
