// varint count of runs, 0 for all moments; for each run varint how far behind the end of the one before it begins, and
// varint its length; then the values of each column.
#include "controller/blocks/chunk.hpp"

#include "shared/core/assert.hpp"

namespace vigie::controller::blocks {

namespace {

tl::unexpected<Error> damaged() {
    return fail(ErrorCode::corrupt, "store: a chunk of a block can't be read");
}

void write_runs(std::span<const Run> runs, size_t moments, ByteWriter& out) {
    const bool is_all = runs.size() == 1 && runs.front().first == 0 && runs.front().count == moments;
    out.varint(is_all ? 0 : runs.size());
    uint32_t end = 0;
    for (const auto& run : is_all ? std::span<const Run>() : runs) {
        VIGIE_ASSERT(run.first >= end && run.count > 0 && run.first + run.count <= moments);
        out.varint(run.first - end);
        out.varint(run.count);
        end = run.first + run.count;
    }
}

// Gives how many moments they have together.
Result<size_t> read_runs(ByteReader& in, size_t moments, std::vector<Run>& runs) {
    runs.clear();
    const auto count = in.varint();
    if (count == 0 && in.is_ok() && moments > 0) {
        runs.push_back({0, static_cast<uint32_t>(moments)});
        return moments;
    }
    uint64_t end = 0;
    size_t present = 0;
    for (uint64_t i = 0; i < count && in.is_ok(); ++i) {
        const auto gap = in.varint();
        const auto length = in.varint();
        if (length == 0 || gap > moments - end || length > moments - end - gap) {
            return damaged();
        }
        runs.push_back({static_cast<uint32_t>(end + gap), static_cast<uint32_t>(length)});
        end += gap + length;
        present += length;
    }
    return in.is_ok() && count > 0 ? Result<size_t>(present) : damaged();
}

}  // namespace

std::vector<Run> runs_of(std::span<const uint32_t> places) {
    std::vector<Run> runs;
    for (const auto place : places) {
        if (!runs.empty() && runs.back().first + runs.back().count == place) {
            ++runs.back().count;
        } else {
            runs.push_back({place, 1});
        }
    }
    return runs;
}

std::string encode_chunk(std::span<const Run> runs, std::span<const double> values, size_t moments) {
    ByteWriter out;
    write_runs(runs, moments, out);
    encode_values(values, out);
    return out.take();
}

Result<void> decode_chunk(std::string_view bytes, size_t moments, Chunk& out) {
    return decode_column(bytes, moments, 0, out);
}

std::string encode_columns(std::span<const Run> runs, std::span<const std::vector<double>> columns, size_t moments) {
    ByteWriter out;
    write_runs(runs, moments, out);
    for (const auto& column : columns) {
        encode_values(column, out);
    }
    return out.take();
}

Result<void> decode_column(std::string_view bytes, size_t moments, size_t column, Chunk& out) {
    ByteReader in(bytes);
    VIGIE_TRY(const auto present, read_runs(in, moments, out.runs));
    for (size_t i = 0; i <= column; ++i) {
        out.values.clear();
        VIGIE_CHECK(decode_values(in, present, out.values));
    }
    return {};
}

}  // namespace vigie::controller::blocks
