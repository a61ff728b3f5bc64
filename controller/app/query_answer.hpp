// One query of an operator: read, evaluated and written as text, away from the main loop.
#pragma once
#include <atomic>

#include "controller/query/engine.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

struct QueryWish {
    std::string expr;
    WallTime at{};          // the one time, or the last of a range
    milliseconds since{0};  // how far before that a range begins; 0: no range
    milliseconds step{0};   // of a range
    milliseconds timeout{0};
};

struct QueryLimits {
    // Of each query; 80 MB of samples read, and as many values computed. Prometheus allows ten times as many, with a
    // server to itself.
    size_t samples_max = 5'000'000;
    size_t series_max = 100'000;
    // About 15 MB as JSON, which fits the answers of the operators' port.
    size_t results_max = 500'000;
    size_t at_once_max = 4;  // as many as libuv's pool has threads
};

// The whole answer to the operator, as encode_answer writes one: its result is that of Prometheus's HTTP API. Any
// thread. `cancelled` may be set by another.
std::string answer_query(const StateStore& store, const Clock& clock, const QueryWish& wish, const QueryLimits& limits,
                         const std::atomic<bool>& cancelled);

// {"resultType":…,"result":…}. `at`: of a string, which has no time of its own.
std::string api_result(const query::Value& value, WallTime at);

}  // namespace vigie::controller
