// Runs queries on the loop's pool, a few at once, so that none holds up the main loop. Operators' queries are refused
// when the pool is busy, as somebody sits there who can ask again; those of the HTTP API wait, as a dashboard asks for
// all its panels at once.
#pragma once
#include <deque>
#include <map>
#include <memory>

#include "controller/app/query_answer.hpp"
#include "controller/web/work_queue.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::controller {

struct RunnerLimits {
    size_t at_once_max = 4;  // the pool has threads for others besides
    // A wall of dashboards asks some dozens at once. Each that waits holds a request of up to a MiB.
    size_t waiting_max = 100;
};

// Of what operators ask about alerts, who is on call, and the controller: beside the queries of dashboards, which must
// not hold it up. Two, so that a long `alerts why` holds up no list.
constexpr RunnerLimits operators_limits{.at_once_max = 2, .waiting_max = 20};

class QueryRunner final : public web::WorkQueue {
  public:
    using Reply = std::function<void(std::string line)>;  // on the loop, once; never when the runner is gone

    // Keeps the references.
    QueryRunner(Loop& loop, const StateStore& store, const Clock& clock, QueryLimits limits = {},
                RunnerLimits at_once = {});
    // Cancels what runs and waits until none reads the store any more: some hundred milliseconds at most.
    ~QueryRunner() override;
    QueryRunner(const QueryRunner&) = delete;
    QueryRunner& operator=(const QueryRunner&) = delete;

    // On the loop. Answers at once when at_once_max run or wait already.
    void run(QueryWish wish, Reply reply);

    Result<Id> start(Work work) override;
    void cancel(Id id) override;

    // On the loop.
    size_t running() const { return under_way_.size(); }
    size_t waiting() const { return waiting_.size(); }

  private:
    struct Query {
        Id id;
        Work work;
    };
    // Outlives the runner until the loop has heard of each query's end.
    struct Shared;
    Id enqueue(Work work);
    void begin_next();
    void ended(Id id);

    Loop& loop_;
    const StateStore& store_;
    const Clock& clock_;
    const QueryLimits limits_;
    const RunnerLimits at_once_;
    Id last_id_ = 0;
    std::deque<Query> waiting_;
    std::map<Id, std::atomic<bool>> under_way_;  // whether it is cancelled
    std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::controller
