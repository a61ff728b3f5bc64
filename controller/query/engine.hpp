// PromQL over a SeriesSource: the door to this room. Pure: any thread, no state from one query to the next.
//
//     auto expression = Expression::parse("sum by (job) (rate(http_requests_total[5m]))");
//     auto value = evaluate_at(*expression, source, now, {.clock = &clock});
//     for (const auto& series : value->series) { ... series.labels ... series.samples.front().value ... }
#pragma once
#include <atomic>

#include "controller/query/analysis.hpp"
#include "controller/query/budget.hpp"
#include "controller/query/expression.hpp"
#include "controller/query/source.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::query {

struct Options {
    milliseconds lookback = 5min;       // how old the newest sample of a series may be
    milliseconds subquery_step = 1min;  // of a subquery that names none: Prometheus's evaluation_interval
    Limits limits{};
    const Clock* clock = nullptr;                  // null: time is not limited
    const std::atomic<bool>* cancelled = nullptr;  // set by another thread to end the query
};

struct Sample {
    int64_t unix_ms = 0;
    double value = 0;
};
struct ValueSeries {
    std::vector<std::pair<std::string, std::string>> labels{};  // sorted by name
    std::vector<Sample> samples{};                              // by time
};

// Owns all that it holds.
struct Value {
    ValueType type = ValueType::vector;
    // scalar: one series without labels. vector: one sample in each, in the order that sort() or topk() gave, else the
    // source's. matrix: of a range query by labels, otherwise in the source's order. string: none.
    std::vector<ValueSeries> series{};
    std::string text{};  // of a string
};

// The expression's value at one time. Errors begin with the place in the expression: "1:5: ...".
// conflict: series that don't match as asked. malformed: an argument that is known only now, such as a regular
// expression. too_large, timed_out, cancelled: a limit. Others are the source's.
Result<Value> evaluate_at(const Expression& expression, SeriesSource& source, WallTime at, const Options& options = {});

// At each step from `from` to `to`, both included: a matrix. malformed too: the expression is a string or a range
// vector, `step` is not above 0, or `to` is before `from`.
Result<Value> evaluate_over(const Expression& expression, SeriesSource& source, WallTime from, WallTime to,
                            milliseconds step, const Options& options = {});

// What evaluate_at (`from` == `to`) or evaluate_over will ask a source for, in order, so that it can be fetched before.
std::vector<Need> needs_of(const Expression& expression, WallTime from, WallTime to, milliseconds step,
                           const Options& options = {});

}  // namespace vigie::controller::query
