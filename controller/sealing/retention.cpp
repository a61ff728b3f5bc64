// The end of a tier moves from day to day, not from slot to slot: each erased range costs readers a little until
// RocksDB has compacted it away.
#include "controller/sealing/retention.hpp"

namespace vigie::controller {

namespace {
constexpr milliseconds day = std::chrono::hours{24};
}

void BlockRetirement::retire(WallTime now, StoreBatch& batch) {
    const auto first_kept = now - retention_.raw;
    const auto begin_of_day = WallTime{first_kept.time_since_epoch() / day * day};
    const auto slot = slot_of(Tier::raw, begin_of_day);
    auto& before = erased_before_[static_cast<size_t>(Tier::raw)];
    if (slot <= before) {
        return;
    }
    before = slot;
    const auto tier = static_cast<uint8_t>(Tier::raw);
    batch.erase_range(Family::chunks, keys::block_slot_start(tier, 0), keys::block_slot_start(tier, slot));
}

}  // namespace vigie::controller
