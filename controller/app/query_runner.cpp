// Counts what runs, and waits for it at the end.
#include "controller/app/query_runner.hpp"

#include <condition_variable>
#include <mutex>

#include "controller/operator/requests.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

struct QueryRunner::Shared {
    std::atomic<bool> is_cancelled = false;
    size_t unanswered = 0;  // of the loop
    std::mutex guard;       // of what follows
    std::condition_variable worked;
    size_t working = 0;
};

QueryRunner::QueryRunner(Loop& loop, const StateStore& store, const Clock& clock, QueryLimits limits)
    : loop_(loop), store_(store), clock_(clock), limits_(limits), shared_(std::make_shared<Shared>()) {}

QueryRunner::~QueryRunner() {
    shared_->is_cancelled = true;
    std::unique_lock lock(shared_->guard);
    shared_->worked.wait(lock, [this] { return shared_->working == 0; });
}

void QueryRunner::run(QueryWish wish, Reply reply) {
    VIGIE_ASSERT(loop_.on_thread());
    if (shared_->unanswered >= limits_.at_once_max) {
        return reply(encode_answer(
            fail(ErrorCode::too_large, "{} queries run already: ask again in some seconds", limits_.at_once_max)));
    }
    ++shared_->unanswered;
    {
        const std::lock_guard lock(shared_->guard);
        ++shared_->working;
    }
    const auto line = std::make_shared<std::string>();
    loop_.run_on_pool(
        [shared = shared_, line, wish = std::move(wish), &store = store_, &clock = clock_, limits = limits_] {
            *line = answer_query(store, clock, wish, limits, shared->is_cancelled);
            const std::lock_guard lock(shared->guard);
            --shared->working;
            shared->worked.notify_all();
        },
        [shared = shared_, line, reply = std::move(reply)] {
            --shared->unanswered;
            if (!shared->is_cancelled) {
                reply(std::move(*line));
            }
        });
}

}  // namespace vigie::controller
