#include "controller/series/stored_query.hpp"

#include "controller/series/store_source.hpp"

namespace vigie::controller {
namespace {

Result<void> check_size(const query::Value& value, size_t results_max) {
    size_t samples = 0;
    for (const auto& series : value.series) {
        samples += series.samples.size();
    }
    if (samples > results_max) {
        return fail(ErrorCode::too_large,
                    "the answer has {} samples, more than {}: aggregate, select fewer series, a shorter time or a "
                    "larger step",
                    samples, results_max);
    }
    return {};
}

}  // namespace

Result<query::Value> evaluate_stored(const StateStore& store, const query::Expression& expression,
                                     const QueryTimes& times, const QueryLimits& limits, const QueryBounds& bounds) {
    const query::Options options{.limits = {.samples_max = limits.samples_max,
                                            .time_max = bounds.time_max,
                                            .work_between_looks = limits.work_between_looks},
                                 .clock = &bounds.clock,
                                 .cancelled = &bounds.cancelled};
    // One for what is read and, in the engine, one for what is computed. They begin at the same time.
    query::Budget reading(options.limits, &bounds.clock, &bounds.cancelled);
    StoreSource source(store, query::needs_of(expression, times.from, times.to, times.step, options), reading,
                       limits.series_max);
    VIGIE_TRY(auto value, times.is_range()
                              ? query::evaluate_over(expression, source, times.from, times.to, times.step, options)
                              : query::evaluate_at(expression, source, times.to, options));
    VIGIE_CHECK(check_size(value, limits.results_max));
    return value;
}

}  // namespace vigie::controller
