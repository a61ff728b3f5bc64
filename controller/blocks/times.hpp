// The times of one host's rows in one slot of time. Written once for all of the host's series.
#pragma once
#include <span>
#include <vector>

#include "controller/blocks/bytes.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::blocks {

// A slot of time: [start_ms, end_ms). All times of a block lie in it.
struct SlotSpan {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
};

// A slot's times at one a millisecond are more than any host sends; a damaged count must not reserve gigabytes.
constexpr size_t times_max = 1 << 23;

// `times_ms` rise and lie in the slot.
void encode_times(std::span<const int64_t> times_ms, const SlotSpan& slot, ByteWriter& out);
// corrupt: they do not rise, or lie elsewhere.
Result<std::vector<int64_t>> decode_times(ByteReader& in, const SlotSpan& slot);

}  // namespace vigie::controller::blocks
