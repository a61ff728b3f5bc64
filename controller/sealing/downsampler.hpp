// From blocks to those of a coarser tier, slot after slot. A step is like the sealer's: one snapshot, one bounded
// batch.
#pragma once
#include "controller/sealing/piece.hpp"
#include "controller/sealing/places.hpp"
#include "controller/sealing/sealed_piece.hpp"
#include "controller/sealing/windows.hpp"

namespace vigie::controller {

struct DownsampleLimits {
    milliseconds after{std::chrono::hours{1}};  // the slot's end, so that what is late by minutes is sealed before
    size_t hosts_max = 64;
    Bytes piece_max = 1_MiB;
};

class Downsampler {
  public:
    // `tier`: the one that is made; of what is one finer.
    Downsampler(Tier tier, DownsampleLimits limits = {}) : tier_(tier), limits_(limits) {}

    // Nothing when all is made that can be. An error leaves it where the last step ended.
    Result<std::optional<SealedPiece>> next(const StoreSnapshot& store, WallTime now,
                                            const Cancelled* cancelled = nullptr);
    // The last step's batch was not committed.
    void restart() { after_ = {}; }

  private:
    struct Read;    // one step
    struct Folded;  // one series
    struct FinerBlock {
        uint32_t slot;
        HostBlock block;
    };
    struct Place {
        uint32_t slot;
        AgentId host;
    };
    Result<std::optional<SealedPiece>> remake(Read& read);
    Result<std::optional<SealedPiece>> go_on(Read& read);
    Result<std::optional<uint32_t>> next_slot(Read& read) const;
    Result<std::vector<FinerBlock>> finer_blocks(Read& read, uint32_t slot, const AgentId& agent) const;
    Result<std::vector<WindowSample>> windows_of(Read& read, const AgentId& agent, const std::vector<FinerBlock>& from,
                                                 const Folded& series) const;
    Result<std::vector<WindowSample>> old_windows(Read& read, const AgentId& agent, uint32_t slot, const HostBlock& old,
                                                  const Folded& series) const;
    Result<void> take_host(Read& read, uint32_t slot, const AgentId& agent);
    Result<void> make_host(Read& read, uint32_t slot, const AgentId& agent);
    Result<void> add_host(Read& read, uint32_t slot, const AgentId& agent, const std::vector<Folded>& folded,
                          uint8_t seals_before) const;
    bool is_full(const Read& read) const;
    std::optional<SealedPiece> finish(Read& read) const;

    const Tier tier_;
    const DownsampleLimits limits_;
    Places places_;
    std::optional<Place> after_;  // the last host that is made of the slot that is being made
};

}  // namespace vigie::controller
