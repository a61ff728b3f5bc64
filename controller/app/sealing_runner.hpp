// Runs the sealing on the loop's pool, one piece after the other, and hands each to the committer: nothing waits for
// it, and one piece at most is under way.
#pragma once
#include <memory>

#include "controller/sealing/downsampler.hpp"
#include "controller/sealing/sealer.hpp"
#include "controller/store/committer.hpp"
#include "shared/loop/loop.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

class SealingRunner {
  public:
    // Keeps the references. start() begins the rounds.
    SealingRunner(Loop& loop, const StateStore& store, CommitQueue& commits, const Clock& clock,
                  SealLimits limits = {});
    // Waits until the store is no longer read: for one host at most.
    ~SealingRunner();
    SealingRunner(const SealingRunner&) = delete;
    SealingRunner& operator=(const SealingRunner&) = delete;

    void start();
    // On the loop: begins a round, unless one is under way.
    void begin();

  private:
    // Outlives the runner until loop and committer have heard of the end of what they do.
    struct Shared;
    using Made = Result<std::optional<SealedPiece>>;
    void make_piece();
    void on_made(Made made);
    void on_committed(const SealedPiece& piece, bool is_stored);
    void tell(const std::string& problem);

    Loop& loop_;
    const StateStore& store_;
    CommitQueue& commits_;
    const Clock& clock_;
    const milliseconds period_;
    Timer timer_;
    std::shared_ptr<Shared> shared_;
    std::string last_problem_;
};

}  // namespace vigie::controller
