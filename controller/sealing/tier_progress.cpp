// Notes of what is to be made again have the keys of blocks, of tiers that there are not.
#include "controller/sealing/tier_progress.hpp"

namespace vigie::controller {

namespace {
constexpr uint8_t remake_tier_first = 0x80;

std::string made_key(Tier tier) {
    return fmt::format("tier_{}_made_before", static_cast<int>(tier));
}
std::string being_made_key(Tier tier) {
    return fmt::format("tier_{}_being_made", static_cast<int>(tier));
}
Result<std::optional<uint32_t>> read_slot(const StoreReader& store, const std::string& key) {
    VIGIE_TRY(const auto row, store.get(Family::meta, key));
    if (!row) {
        return std::nullopt;
    }
    keys::KeyReader in(*row);
    const auto slot = in.u32();
    if (!in.is_ok() || !in.is_done()) {
        return fail(ErrorCode::corrupt, "store: how far a tier is made can't be read ({})", key);
    }
    return slot;
}
uint8_t remake_tier(Tier tier) {
    return static_cast<uint8_t>(remake_tier_first + static_cast<uint8_t>(tier));
}
}  // namespace

Result<std::optional<uint32_t>> made_before(const StoreReader& store, Tier tier) {
    return read_slot(store, made_key(tier));
}

void put_made_before(Tier tier, uint32_t slot, StoreBatch& batch) {
    batch.put(Family::meta, made_key(tier), keys::KeyWriter().u32(slot).take());
}

void put_being_made(Tier tier, uint32_t slot, StoreBatch& batch) {
    batch.put(Family::meta, being_made_key(tier), keys::KeyWriter().u32(slot).take());
}

Result<bool> is_begun(const StoreReader& store, Tier tier, uint32_t slot) {
    VIGIE_TRY(const auto made, made_before(store, tier));
    if (made && slot < *made) {
        return true;
    }
    VIGIE_TRY(const auto being_made, read_slot(store, being_made_key(tier)));
    return being_made == slot;
}

std::string remake_key(Tier tier, uint32_t slot, const AgentId& agent) {
    return keys::block_times(remake_tier(tier), slot, agent);
}

Result<std::optional<uint32_t>> first_remade(const StoreReader& store, Tier tier) {
    const auto start = remake_start(tier);
    std::optional<uint32_t> slot;
    VIGIE_CHECK(store.scan(Family::chunks, start, keys::after_prefix(start), [&slot](auto key, auto) {
        if (const auto note = keys::read_block(key)) {
            slot = note->slot;
        }
        return !slot;
    }));
    return slot;
}

std::string remake_start(Tier tier) {
    return keys::KeyWriter().u8(remake_tier(tier)).take();
}

}  // namespace vigie::controller
