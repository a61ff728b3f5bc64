// Count; first time less the slot's start; then how much each step is longer than the one before, signed. A step as
// long as the one before, 0, is followed by how many more of its kind come: a host that keeps its interval takes a few
// bytes in all.
#include "controller/blocks/times.hpp"

#include <algorithm>

namespace vigie::controller::blocks {

namespace {
tl::unexpected<Error> damaged() {
    return fail(ErrorCode::corrupt, "store: the times of a block can't be read");
}
}  // namespace

void encode_times(std::span<const int64_t> times_ms, const SlotSpan& slot, ByteWriter& out) {
    out.varint(times_ms.size());
    uint64_t same = 0;  // of steps that were as long as the one before, not yet written
    const auto write_same = [&out, &same] {
        if (same > 0) {
            out.u8(0);
            out.varint(same - 1);
            same = 0;
        }
    };
    int64_t before = slot.start_ms;
    int64_t step = 0;
    for (size_t i = 0; i < times_ms.size(); ++i) {
        const auto next_step = times_ms[i] - before;
        before = times_ms[i];
        if (i == 0) {
            out.varint(static_cast<uint64_t>(next_step));
            continue;
        }
        const auto longer = next_step - step;
        step = next_step;
        if (longer == 0) {
            ++same;
            continue;
        }
        write_same();
        out.signed_varint(static_cast<uint64_t>(longer));
    }
    write_same();
}

Result<std::vector<int64_t>> decode_times(ByteReader& in, const SlotSpan& slot) {
    const auto count = in.varint();
    if (!in.is_ok() || count > times_max) {
        return damaged();
    }
    std::vector<int64_t> times;
    times.reserve(std::min<uint64_t>(count, 4096));
    const auto span = static_cast<uint64_t>(slot.end_ms - slot.start_ms);
    uint64_t at = 0;  // since the slot's start; numbers without a sign may wrap, and then lie outside
    uint64_t step = 0;
    uint64_t same = 0;
    for (uint64_t i = 0; i < count; ++i) {
        if (i == 0) {
            at = in.varint();
        } else if (same > 0) {
            --same;
            at += step;
        } else {
            const auto longer = in.signed_varint();
            step += longer;
            same = longer == 0 ? in.varint() : 0;
            at += step;
        }
        const bool rises = i == 0 || (step > 0 && step < span);
        if (!in.is_ok() || !rises || at >= span) {
            return damaged();
        }
        times.push_back(slot.start_ms + static_cast<int64_t>(at));
    }
    return same == 0 ? Result<std::vector<int64_t>>(std::move(times)) : damaged();
}

}  // namespace vigie::controller::blocks
