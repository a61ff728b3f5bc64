// Family::chunks: samples at rest. Time is cut into slots, a tier's each as long as the others; a host's rows of one
// slot are a block: a row of their times, and for each series a chunk in a pack. Blocks made together are a piece. The
// row of times names the piece, and is the only thing that does: what a newer piece replaced is never read again.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "controller/blocks/pack.hpp"
#include "controller/blocks/times.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/series_rows.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

// The numbers stand in keys.
enum class Tier : uint8_t { raw = 0, five_minutes = 1, hour = 2 };
inline constexpr std::array tiers{Tier::raw, Tier::five_minutes, Tier::hour};

// One sample of a tier stands for so much time; of raw ones: 0.
constexpr milliseconds width_of(Tier tier) {
    return tier == Tier::raw ? 0min : tier == Tier::five_minutes ? 5min : 60min;
}
// A slot of raw samples is a bucket of the head. The others hold 48 samples, and 192, of a series: enough to compress,
// and few enough to be made in memory.
constexpr milliseconds slot_width_of(Tier tier) {
    return tier == Tier::raw ? keys::head_bucket_width
                             : milliseconds(std::chrono::hours{tier == Tier::five_minutes ? 4 : 24 * 8});
}
constexpr uint32_t slot_of(Tier tier, WallTime at) {
    const auto ms = unix_ms(at);
    return ms < 0 ? 0 : static_cast<uint32_t>(ms / slot_width_of(tier).count());
}
constexpr blocks::SlotSpan span_of(Tier tier, uint32_t slot) {
    const auto width = slot_width_of(tier).count();
    return {slot * width, (slot + int64_t{1}) * width};
}

// Where a series stands in packs: by its metric's name, then by its other labels without the host, so that series which
// are alike and are asked for together are neighbours.
uint64_t place_of(const LabelSet& labels);

struct HostBlock {
    uint32_t piece = 0;
    uint8_t seals = 0;  // how often it was made
    std::vector<int64_t> times_ms{};
};
std::string block_times_row(const HostBlock& block, const blocks::SlotSpan& slot);
Result<HostBlock> read_block_times_row(std::string_view row, const blocks::SlotSpan& slot);

// The number for a new piece of a slot.
Result<uint32_t> next_piece(const StoreReader& store, Tier tier, uint32_t slot);

// Finds blocks in a snapshot. Fastest when asked for hosts, and then for chunks, in the order of their keys.
class BlockReader {
  public:
    explicit BlockReader(const StoreSnapshot& snapshot);

    // The first slot at or after `slot` that has rows, and the last of all.
    Result<std::optional<uint32_t>> slot_from(Tier tier, uint32_t slot);
    Result<std::optional<uint32_t>> last_slot(Tier tier);
    // Nothing when the host has no block there.
    Result<std::optional<HostBlock>> block(Tier tier, uint32_t slot, const AgentId& agent);
    // Which hosts have blocks there, by name.
    Result<std::vector<AgentId>> hosts(Tier tier, uint32_t slot);
    // A view until the next call; nothing when the series is not in the piece.
    Result<std::optional<std::string_view>> chunk(Tier tier, uint32_t slot, uint32_t piece, uint64_t place,
                                                  uint64_t series);

  private:
    Result<void> open_pack(std::string_view key, std::string_view piece_start);

    std::unique_ptr<StoreCursor> times_;
    std::unique_ptr<StoreCursor> packs_;
    std::string pack_key_;  // of what pack_ was read from; empty: of none
    blocks::Pack pack_;
    size_t next_entry_ = 0;  // behind the one that was found last
};

}  // namespace vigie::controller
