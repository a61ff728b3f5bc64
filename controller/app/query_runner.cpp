// Counts what runs, and waits for it at the end.
#include "controller/app/query_runner.hpp"

#include <condition_variable>
#include <mutex>

#include "controller/operator/requests.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

struct QueryRunner::Shared {
    bool is_over = false;  // of the loop: the runner is gone
    std::mutex guard;      // of what follows
    std::condition_variable worked;
    size_t working = 0;
};

QueryRunner::QueryRunner(Loop& loop, const StateStore& store, const Clock& clock, QueryLimits limits,
                         RunnerLimits at_once)
    : loop_(loop),
      store_(store),
      clock_(clock),
      limits_(limits),
      at_once_(at_once),
      shared_(std::make_shared<Shared>()) {}

QueryRunner::~QueryRunner() {
    shared_->is_over = true;
    for (auto& [id, is_cancelled] : under_way_) {
        is_cancelled = true;
    }
    std::unique_lock lock(shared_->guard);
    shared_->worked.wait(lock, [this] { return shared_->working == 0; });
}

void QueryRunner::run(QueryWish wish, Reply reply) {
    VIGIE_ASSERT(loop_.on_thread());
    if (under_way_.size() + waiting_.size() >= at_once_.at_once_max) {
        return reply(encode_answer(
            fail(ErrorCode::too_large, "{} queries run already: ask again in some seconds", at_once_.at_once_max)));
    }
    enqueue([wish = std::move(wish), reply = std::move(reply), &store = store_, &clock = clock_,
             limits = limits_](const std::atomic<bool>& cancelled) -> std::function<void()> {
        return
            [reply, line = answer_query(store, clock, wish, limits, cancelled)]() mutable { reply(std::move(line)); };
    });
}

Result<QueryRunner::Id> QueryRunner::start(Work work) {
    VIGIE_ASSERT(loop_.on_thread());
    if (waiting_.size() >= at_once_.waiting_max) {
        return fail(ErrorCode::too_large, "{} queries wait already: ask again in some seconds", at_once_.waiting_max);
    }
    return enqueue(std::move(work));
}

void QueryRunner::cancel(Id id) {
    VIGIE_ASSERT(loop_.on_thread());
    if (const auto found = under_way_.find(id); found != under_way_.end()) {
        found->second = true;
        return;
    }
    std::erase_if(waiting_, [id](const Query& one) { return one.id == id; });
}

QueryRunner::Id QueryRunner::enqueue(Work work) {
    waiting_.push_back({++last_id_, std::move(work)});
    const auto id = last_id_;
    begin_next();
    return id;
}

void QueryRunner::begin_next() {
    if (waiting_.empty() || under_way_.size() >= at_once_.at_once_max) {
        return;
    }
    auto query = std::move(waiting_.front());
    waiting_.pop_front();
    const auto id = query.id;
    const auto& is_cancelled = under_way_.try_emplace(id, false).first->second;  // stays until ended()
    {
        const std::lock_guard lock(shared_->guard);
        ++shared_->working;
    }
    const auto then = std::make_shared<std::function<void()>>();
    loop_.run_on_pool(
        [shared = shared_, then, work = std::move(query.work), &is_cancelled] {
            *then = work(is_cancelled);
            const std::lock_guard lock(shared->guard);
            --shared->working;
            shared->worked.notify_all();
        },
        [this, shared = shared_, then, id] {
            if (shared->is_over) {
                return;
            }
            const bool is_wanted = !under_way_.at(id);
            ended(id);
            if (is_wanted) {
                (*then)();
            }
        });
}

void QueryRunner::ended(Id id) {
    under_way_.erase(id);
    begin_next();
}

}  // namespace vigie::controller
