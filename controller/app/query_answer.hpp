// One query of an operator: read, evaluated and written as text, away from the main loop.
#pragma once
#include "controller/series/stored_query.hpp"

namespace vigie::controller {

struct QueryWish {
    std::string expr;
    WallTime at{};          // the one time, or the last of a range
    milliseconds since{0};  // how far before that a range begins; 0: no range
    milliseconds step{0};   // of a range
    milliseconds timeout{0};
};

// The whole answer to the operator, as encode_answer writes one: its result is that of Prometheus's HTTP API. Any
// thread. `cancelled` may be set by another.
std::string answer_query(const StateStore& store, const Clock& clock, const QueryWish& wish, const QueryLimits& limits,
                         const std::atomic<bool>& cancelled);

}  // namespace vigie::controller
