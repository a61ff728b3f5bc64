// An expression's value over the stored samples. Any thread.
#pragma once
#include "controller/query/engine.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

// One time (`step` 0: from == to), or each step of a range.
struct QueryTimes {
    WallTime from{};
    WallTime to{};
    milliseconds step{0};
    bool is_range() const { return step.count() > 0; }
};

struct QueryLimits {
    // Of each query; 80 MB of samples read, and as many values computed. Prometheus allows ten times as many, with a
    // server to itself.
    size_t samples_max = 5'000'000;
    size_t series_max = 100'000;
    // About 15 MB as JSON, which fits the answers of the operators' port.
    size_t results_max = 500'000;
    size_t work_between_looks = query::Limits{}.work_between_looks;
};

// What is beside the limits: how long it may take, by which clock, and the flag that ends it.
struct QueryBounds {
    const Clock& clock;
    const std::atomic<bool>& cancelled;
    milliseconds time_max;
};

// Errors are those of evaluate_at and evaluate_over, StoreSource's, and too_large for an answer over results_max.
Result<query::Value> evaluate_stored(const StateStore& store, const query::Expression& expression,
                                     const QueryTimes& times, const QueryLimits& limits, const QueryBounds& bounds);

}  // namespace vigie::controller
