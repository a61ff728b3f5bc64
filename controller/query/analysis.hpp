// What an expression needs and what it depends on, without a sample read.
#pragma once
#include <vector>

#include "controller/query/ast.hpp"
#include "controller/query/matrix.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::query {

// What holds for a whole query.
struct Frame {
    int64_t start_ms = 0;  // @ start()
    int64_t end_ms = 0;    // @ end()
    int64_t lookback_ms = 300'000;
    int64_t subquery_step_ms = 60'000;
};

// The times at which a selector or a subquery reads: those of the evaluation moved by `offset`, or one for all with
// `@`.
struct ReadTimes {
    Steps steps;
    int64_t offset_ms = 0;
    bool is_pinned = false;
    int64_t pinned_ms = 0;

    int64_t at(size_t step) const { return is_pinned ? pinned_ms : steps.at(step) - offset_ms; }
    int64_t first_ms() const { return at(0); }
    int64_t last_ms() const { return at(steps.count - 1); }
};
ReadTimes read_times(const TimeShift& shift, const Steps& steps, const Frame& frame);

// The steps of a subquery's inside, at multiples of its step since 1970. `count` may be 0: none falls into the range.
Steps inner_steps(const Subquery& subquery, const Steps& steps, const Frame& frame);

// One selector and the samples it reads.
struct Need {
    const Selector* selector = nullptr;
    int64_t from_ms = 0;  // both included
    int64_t to_ms = 0;
    int64_t step_ms = 0;  // 0: it is evaluated at one time
    Reading reading = Reading::samples;
};
// Of each selector, from left to right.
std::vector<Need> needs_of(const Expr& expr, const Steps& steps, const Frame& frame);

// Whether it is the same at every time, whatever is stored.
bool is_constant(const Expr& expr);
// Whether it is the same at each step of one query: all that it reads is pinned by `@`.
bool is_same_at_each_step(const Expr& expr);

}  // namespace vigie::controller::query
