// What is too old goes: a day of a tier at a time, by one erased range.
#pragma once
#include "controller/store/block_rows.hpp"

namespace vigie::controller {

struct BlockRetention {
    milliseconds raw{std::chrono::hours{24 * 15}};
    milliseconds five_minutes{std::chrono::hours{24 * 90}};
    milliseconds hour{std::chrono::hours{24 * 800}};

    milliseconds of(Tier tier) const {
        return tier == Tier::raw ? raw : tier == Tier::five_minutes ? five_minutes : hour;
    }
};

// Confined to the committer's thread.
class BlockRetirement {
  public:
    // Keeps the reference.
    BlockRetirement(const StateStore& store, BlockRetention retention) : store_(store), retention_(retention) {}

    // Cheap when there is nothing new to erase. What the next coarser tier is not made of yet stays.
    Result<void> retire(WallTime now, StoreBatch& batch);
    // The batch was not committed.
    void on_commit_failed() { erased_before_ = {}; }

  private:
    const StateStore& store_;
    const BlockRetention retention_;
    std::array<uint32_t, tiers.size()> erased_before_{};  // slot, by tier
};

}  // namespace vigie::controller
