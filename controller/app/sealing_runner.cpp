// Pool -> loop -> committer -> loop, and again while there is something to seal.
#include "controller/app/sealing_runner.hpp"

#include <algorithm>
#include <array>
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
    void begin() {
        problem.clear();
        has_failed = {};
    }
    // The next piece of whoever has one, and the first error of the round once nobody has any. Late rows first change
    // blocks, then those of coarser tiers. Who fails is asked no more in this round, and the others go on.
    Made next(const StoreSnapshot& store, WallTime now) {
        for (size_t i = 0; i < has_failed.size(); ++i) {
            if (has_failed[i]) {
                continue;
            }
            auto piece = i == 0   ? sealer.next(store, now, &is_cancelled)
                         : i == 1 ? five_minutes.next(store, now, &is_cancelled)
                                  : hour.next(store, now, &is_cancelled);
            if (piece && *piece) {
                return piece;
            }
            if (!piece) {
                has_failed[i] = true;
                problem = problem.empty() ? piece.error().message : problem;
            }
        }
        if (problem.empty() && !sealer.passed_over().empty()) {
            problem = "samples are passed over: " + sealer.passed_over().front().message;
        }
        return std::nullopt;
    }

    // Of the pool while a piece is made, else of the loop.
    Sealer sealer;
    Downsampler five_minutes{Tier::five_minutes};
    Downsampler hour{Tier::hour};
    std::array<bool, 3> has_failed{};  // in this round: sealer, five minutes, hours
    std::string problem;               // of this round
    Cancelled is_cancelled = false;
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
        shared_->begin();
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
        return tell(shared_->problem);
    }
    if (const auto& piece = **made; piece.passed_over > 0) {
        log::error("sealing: {} damaged parts of samples are not in a coarser tier; the first: {}", piece.passed_over,
                   piece.first_passed_over);
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
        if (piece.tier == Tier::raw) {
            log::debug("sealed {} samples of {} hosts", piece.samples, piece.hosts);
        } else {
            log::debug("folded {} samples of {} hosts", piece.samples, piece.hosts);
        }
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
