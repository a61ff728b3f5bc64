// What is too old goes: a day of a tier at a time, by one erased range.
#pragma once
#include <array>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {

struct BlockRetention {
    milliseconds raw{std::chrono::hours{24 * 15}};
};

// Confined to the committer's thread.
class BlockRetirement {
  public:
    explicit BlockRetirement(BlockRetention retention) : retention_(retention) {}

    // Cheap when there is nothing new to erase.
    void retire(WallTime now, StoreBatch& batch);
    // The batch was not committed.
    void on_commit_failed() { erased_before_ = {}; }

  private:
    const BlockRetention retention_;
    std::array<uint32_t, tiers.size()> erased_before_{};  // slot, by tier
};

}  // namespace vigie::controller
