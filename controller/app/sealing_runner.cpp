// Pool -> loop -> committer -> loop, and again while there is something to seal.
#include "controller/app/sealing_runner.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {

namespace {
constexpr milliseconds period_min{1s};
constexpr milliseconds period_max{1min};
}  // namespace

struct SealingRunner::Shared {
    explicit Shared(const SealLimits& limits) : sealer(limits) {}
    // The next piece of whoever has one. Late rows first change blocks, then those of coarser tiers.
    Made next(const StoreSnapshot& store, WallTime now) {
        VIGIE_TRY(auto piece, sealer.next(store, now));
        for (auto* tier : {&five_minutes, &hour}) {
            if (!piece) {
                VIGIE_TRY(piece, tier->next(store, now));
            }
        }
        return piece;
    }
    std::string passed_over() const {
        for (const auto* errors : {&sealer.passed_over(), &five_minutes.passed_over(), &hour.passed_over()}) {
            if (!errors->empty()) {
                return errors->front().message;
            }
        }
        return {};
    }

    // Of the pool while a piece is made, else of the loop.
    Sealer sealer;
    Downsampler five_minutes{Tier::five_minutes};
    Downsampler hour{Tier::hour};
    std::atomic<bool> is_cancelled = false;
    bool is_busy = false;  // of the loop: a round is under way
    std::mutex guard;      // of what follows
    std::condition_variable worked;
    bool is_working = false;
};

SealingRunner::SealingRunner(Loop& loop, const StateStore& store, CommitQueue& commits, const Clock& clock,
                             SealLimits limits)
    : loop_(loop),
      store_(store),
      commits_(commits),
      clock_(clock),
      period_(std::clamp(limits.after, period_min, period_max)),
      timer_(loop, [this] { begin(); }),
      shared_(std::make_shared<Shared>(limits)) {}

SealingRunner::~SealingRunner() {
    shared_->is_cancelled = true;
    std::unique_lock lock(shared_->guard);
    shared_->worked.wait(lock, [this] { return !shared_->is_working; });
}

void SealingRunner::start() {
    timer_.start_every(period_);
}

void SealingRunner::begin() {
    VIGIE_ASSERT(loop_.on_thread());
    if (!shared_->is_busy) {
        shared_->is_busy = true;
        make_piece();
    }
}

void SealingRunner::make_piece() {
    {
        const std::lock_guard lock(shared_->guard);
        shared_->is_working = true;
    }
    const auto made = std::make_shared<Made>();
    loop_.run_on_pool(
        [shared = shared_, made, &store = store_, &clock = clock_] {
            if (!shared->is_cancelled) {
                *made = shared->next(*store.snapshot(), clock.wall());
            }
            const std::lock_guard lock(shared->guard);
            shared->is_working = false;
            shared->worked.notify_all();
        },
        [this, shared = shared_, made] {
            if (!shared->is_cancelled) {
                on_made(std::move(*made));
            }
        });
}

void SealingRunner::on_made(Made made) {
    if (!made || !*made) {
        shared_->is_busy = false;
        const auto damaged = shared_->passed_over();
        return tell(!made              ? made.error().message
                    : !damaged.empty() ? "samples are passed over: " + damaged
                                       : std::string());
    }
    // Shared because std::function must be copyable.
    const auto piece = std::make_shared<SealedPiece>(std::move(**made));
    commits_.submit([piece](StoreBatch& batch) { batch.append(std::move(piece->batch)); },
                    [this, shared = shared_, piece, &loop = loop_](const Result<void>& stored) {
                        loop.post([this, shared, piece, is_stored = stored.has_value()] {
                            if (!shared->is_cancelled) {
                                on_committed(*piece, is_stored);
                            }
                        });
                    });
}

void SealingRunner::on_committed(const SealedPiece& piece, bool is_stored) {
    if (is_stored) {
        log::debug("sealed {} samples of {} hosts", piece.samples, piece.hosts);
        return make_piece();
    }
    shared_->sealer.restart();  // the store has told why
    shared_->five_minutes.restart();
    shared_->hour.restart();
    shared_->is_busy = false;
}

// The same problem comes again with each round until its cause is gone: it is told once.
void SealingRunner::tell(const std::string& problem) {
    if (std::exchange(last_problem_, problem) != problem && !problem.empty()) {
        log::error("sealing: {}", problem);
    }
}

}  // namespace vigie::controller
