// Runs operators' queries on libuv's pool, a few at once, so that none holds up the main loop.
#pragma once
#include <memory>

#include "controller/app/query_answer.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::controller {

class QueryRunner {
  public:
    using Reply = std::function<void(std::string line)>;  // on the loop, once; never when the runner is gone

    // Keeps the references.
    QueryRunner(Loop& loop, const StateStore& store, const Clock& clock, QueryLimits limits = {});
    // Cancels what runs and waits until none reads the store any more: some hundred milliseconds at most.
    ~QueryRunner();
    QueryRunner(const QueryRunner&) = delete;
    QueryRunner& operator=(const QueryRunner&) = delete;

    // On the loop. Answers at once when too many run already.
    void run(QueryWish wish, Reply reply);

  private:
    // Outlives the runner until the loop has heard of each query's end.
    struct Shared;
    Loop& loop_;
    const StateStore& store_;
    const Clock& clock_;
    const QueryLimits limits_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::controller
