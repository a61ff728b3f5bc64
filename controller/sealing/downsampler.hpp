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

    // Nothing when all is made that can be.
    Result<std::optional<SealedPiece>> next(const StoreSnapshot& store, WallTime now);
    // The last step's batch was not committed.
    void restart() { after_ = {}; }
    const std::vector<Error>& passed_over() const { return passed_over_; }

  private:
    struct Read;  // one step
    Result<std::optional<SealedPiece>> remake(Read& read);
    Result<std::optional<SealedPiece>> go_on(Read& read);
    Result<std::optional<uint32_t>> next_slot(Read& read) const;
    struct FinerBlock {
        uint32_t slot;
        HostBlock block;
    };
    Result<std::vector<FinerBlock>> finer_blocks(Read& read, uint32_t slot, const AgentId& agent) const;
    Result<std::vector<WindowSample>> windows_of(Read& read, const std::vector<FinerBlock>& from, uint64_t place,
                                                 uint64_t series) const;
    Result<void> make_host(Read& read, uint32_t slot, const AgentId& agent);
    Result<void> note_coarser(Read& read, uint32_t slot, const AgentId& agent) const;
    std::optional<SealedPiece> finish(Read& read);

    const Tier tier_;
    const DownsampleLimits limits_;
    Places places_;
    std::optional<AgentId> after_;  // of the slot that is being made
    std::vector<Error> passed_over_;
};

}  // namespace vigie::controller
