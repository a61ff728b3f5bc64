// What is stored under which labels, and how the hosts fare now.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/app/query_runner.hpp"

namespace vigie::controller {

// series.find and top. Keeps the references.
void add_series_answers(Desk& desk, const Sources& sources, QueryRunner& runner);

using PoolWork = std::function<Result<Json>(query::Budget& budget, const std::atomic<bool>& cancelled)>;
// Runs what reads more than the loop may wait for on the pool, and answers; refused when too many wait. On the loop.
void answer_on_pool(QueryRunner& runner, const Clock& clock, const LineServer::Reply& reply, PoolWork work);

}  // namespace vigie::controller
