// The end of a tier moves from day to day, not from slot to slot: each erased range costs readers a little until
// RocksDB has compacted it away.
#include "controller/sealing/retention.hpp"

#include <algorithm>

#include "controller/sealing/tier_progress.hpp"

namespace vigie::controller {

namespace {
constexpr milliseconds day = std::chrono::hours{24};

WallTime begin_of_day(WallTime at) {
    return WallTime{at.time_since_epoch() / day * day};
}
// The first slot whose blocks are yet to be made, for the first time or again.
Result<uint32_t> first_slot_to_make(const StoreReader& store, Tier tier) {
    VIGIE_TRY(const auto made, made_before(store, tier));
    VIGIE_TRY(const auto again, first_remade(store, tier));
    return std::min(made.value_or(0), again.value_or(UINT32_MAX));
}

}  // namespace

Result<void> BlockRetirement::retire(WallTime now, StoreBatch& batch) {
    const auto snapshot = store_.snapshot();
    BlockReader blocks(*snapshot);
    for (const auto tier : tiers) {
        auto first_kept = begin_of_day(now - retention_.of(tier));
        if (tier != Tier::hour) {
            const auto coarser = tier == Tier::raw ? Tier::five_minutes : Tier::hour;
            VIGIE_TRY(const auto needed, first_slot_to_make(*snapshot, coarser));
            first_kept = std::min(first_kept, wall_from_unix_ms(span_of(coarser, needed).start_ms));
        }
        const auto slot = slot_of(tier, begin_of_day(first_kept));
        auto& before = erased_before_[static_cast<size_t>(tier)];
        VIGIE_TRY(const auto oldest, blocks.slot_from(tier, 0));
        // Late rows may have become a block behind what was erased: it would stand for all hosts' beginning.
        if (slot <= before && (!oldest || *oldest >= slot)) {
            continue;
        }
        before = slot;
        const auto number = static_cast<uint8_t>(tier);
        batch.erase_range(Family::chunks, keys::block_slot_start(number, 0), keys::block_slot_start(number, slot));
    }
    return {};
}

}  // namespace vigie::controller
