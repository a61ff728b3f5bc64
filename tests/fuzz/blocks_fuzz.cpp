// fuzz: vigie_controller_sealing
//
// Blocks of samples, as a disk that turns bits gives them back. What decodes is the same once encoded and decoded
// again. The first byte chooses the reader, the second how many moments or values there are.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/blocks/chunk.hpp"
#include "controller/sealing/windows.hpp"
#include "controller/store/block_rows.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

void expect(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

bool is_same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y); });
}

void read_values(std::string_view bytes, size_t count) {
    blocks::ByteReader in(bytes);
    std::vector<double> values;
    if (!blocks::decode_values(in, count, values)) {
        return;
    }
    blocks::ByteWriter out;
    blocks::encode_values(values, out);
    blocks::ByteReader again(out.text());
    std::vector<double> back;
    expect(blocks::decode_values(again, count, back).has_value() && is_same(values, back));
}

void read_chunk(std::string_view bytes, size_t moments) {
    blocks::Chunk chunk;
    if (blocks::decode_chunk(bytes, moments, chunk)) {
        blocks::Chunk back;
        expect(
            blocks::decode_chunk(blocks::encode_chunk(chunk.runs, chunk.values, moments), moments, back).has_value());
        expect(is_same(chunk.values, back.values));
    }
    static_cast<void>(blocks::decode_column(bytes, moments, 4, chunk));
}

void read_times(std::string_view bytes) {
    const auto slot = span_of(Tier::raw, 1'500'000);
    if (const auto block = read_block_times_row(bytes, slot)) {
        const auto again = read_block_times_row(block_times_row(*block, slot), slot);
        expect(again && again->times_ms == block->times_ms && again->piece == block->piece);
    }
    blocks::ByteReader in(bytes);
    static_cast<void>(blocks::decode_times(in, slot));
}

// A tier's chunk: never more samples than its block has times, and each at one of them.
void read_tier(std::string_view bytes, size_t moments) {
    std::vector<int64_t> times_ms;
    for (size_t i = 0; i < moments; ++i) {
        times_ms.push_back(static_cast<int64_t>(i));
    }
    const auto samples = read_windows(bytes, times_ms);
    if (!samples) {
        return;
    }
    expect(samples->size() <= moments);
    int64_t before = -1;
    for (const auto& sample : *samples) {
        expect(sample.at_ms > before && sample.at_ms < static_cast<int64_t>(moments));
        before = sample.at_ms;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    switch (data[0] % 5) {
        case 0:
            read_values(bytes, data[1]);
            break;
        case 1:
            read_chunk(bytes, data[1]);
            break;
        case 2:
            read_times(bytes);
            break;
        case 3:
            if (const auto pack = blocks::Pack::read(bytes)) {
                blocks::PackWriter writer;
                for (const auto& [series, chunk] : pack->entries()) {
                    writer.add(series, chunk);
                }
                expect(blocks::Pack::read(writer.take()).has_value());
            }
            static_cast<void>(keys::read_block(bytes));
            break;
        default:
            read_tier(bytes, data[1]);
    }
    return 0;
}
