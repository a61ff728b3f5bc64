// From the head's rows to blocks. Each step reads a snapshot and gives one batch: the blocks of some hosts, and the end
// of the rows they were made from. Committed or not, nothing is lost and nothing doubled, since a read takes the rows
// that are there, and blocks for what they say.
#pragma once
#include "controller/sealing/host_table.hpp"
#include "controller/sealing/piece.hpp"
#include "controller/sealing/places.hpp"
#include "controller/sealing/sealed_piece.hpp"
#include "shared/core/units.hpp"

namespace vigie::controller {

struct SealLimits {
    // A bucket is left open so long after its end, and after anything arrived for it: an agent that was away brings its
    // rows in minutes, and each of them that comes later has the host's block made anew.
    milliseconds after{10min};
    size_t hosts_max = 64;    // of a piece: a pack then holds a kind of series of all of them
    Bytes piece_max = 1_MiB;  // of chunks, a host more: what a group of commits has room for beside agents' entries
    uint8_t seals_max =
        16;  // of one block. After that rows stay in the head until they are retired, and are read there
    // Rows of so old a bucket that can't be sealed, because they are damaged or came too often, go.
    milliseconds raw_retention{std::chrono::hours{24 * 15}};
};

// One thread at a time. A step's batch is to be committed, by whoever writes, before the next step's snapshot is taken.
class Sealer {
  public:
    explicit Sealer(SealLimits limits = {}) : limits_(limits) {}

    // The next piece of this round; nothing when all is sealed that can be, and the next call begins a new round.
    // So it does after an error.
    Result<std::optional<SealedPiece>> next(const StoreSnapshot& store, WallTime now,
                                            const Cancelled* cancelled = nullptr);
    // The last step's batch was not committed: begins a new round.
    void restart() { after_.clear(); }
    // Hosts of the last round whose rows are damaged: they stay in the head as they are until they are retired, and
    // keep nobody else's there.
    const std::vector<Error>& passed_over() const { return passed_over_; }

  private:
    struct Read;  // one step
    enum class Sealed { yes, not_yet, too_often };
    Result<std::optional<SealedPiece>> go_on(Read& read, const Cancelled* cancelled);
    Result<bool> is_settled(Read& read, uint32_t bucket, const AgentId& agent) const;
    Result<Sealed> seal_host(Read& read, uint32_t bucket, const AgentId& agent);
    Result<void> seal_or_retire(Read& read, uint32_t bucket, const AgentId& agent);

    const SealLimits limits_;
    Places places_;
    std::string after_;  // the head's key at which the next step begins
    std::vector<Error> passed_over_;
};

}  // namespace vigie::controller
