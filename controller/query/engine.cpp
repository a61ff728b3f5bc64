#include "controller/query/engine.hpp"

#include <numeric>

#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {
namespace {

// Some 36 million years: times of samples and of `@` are far from it, and sums of offsets don't overflow.
constexpr int64_t time_ms_max = int64_t{1} << 60;

Frame frame_of(WallTime from, WallTime to, const Options& options) {
    return {unix_ms(from), unix_ms(to), options.lookback.count(), std::max<int64_t>(options.subquery_step.count(), 1)};
}

Steps steps_of(WallTime from, WallTime to, milliseconds step) {
    if (from == to || step.count() <= 0) {
        return {unix_ms(from), 1, 1};
    }
    return {unix_ms(from), step.count(), static_cast<size_t>((to - from) / step) + 1};
}

Result<void> check_time(WallTime time) {
    if (unix_ms(time) > time_ms_max || unix_ms(time) < -time_ms_max) {
        return fail(ErrorCode::malformed, "the time of a query is out of bounds: {} ms since 1970", unix_ms(time));
    }
    return {};
}

ValueSeries series_of(const SeriesLabels& labels) {
    ValueSeries series;
    series.labels.reserve(labels.all().size());
    for (const auto& label : labels.all()) {
        series.labels.emplace_back(label.name, label.value);
    }
    return series;
}

void add_scalars(Value& value, const Scalars& numbers, const Steps& steps) {
    auto& series = value.series.emplace_back();
    for (size_t step = 0; step < steps.count; ++step) {
        series.samples.push_back({steps.at(step), numbers[step]});
    }
}

void add_rows(Value& value, const Matrix& matrix, const Steps& steps, bool is_by_labels) {
    std::vector<size_t> order(matrix.rows());
    std::iota(order.begin(), order.end(), size_t{0});
    if (is_by_labels) {
        std::sort(order.begin(), order.end(),
                  [&matrix](size_t a, size_t b) { return matrix.labels(a) < matrix.labels(b); });
    }
    value.series.reserve(matrix.rows());
    for (const auto row : order) {
        auto& series = value.series.emplace_back(series_of(matrix.labels(row)));
        series.samples.reserve(steps.count);
        for (size_t step = 0; step < steps.count; ++step) {
            if (!is_absent(matrix.cell(row, step))) {
                series.samples.push_back({steps.at(step), matrix.cell(row, step)});
            }
        }
    }
}

// The samples of a range vector at its one time.
void add_windows(Value& value, const RangeInput& input) {
    const auto to = input.times.first_ms();
    const auto from = to - input.range_ms;
    for (const auto& one : input.series) {
        auto series = series_of(one.labels);
        for (size_t i = 0; i < one.times_ms.size(); ++i) {
            if (one.times_ms[i] >= from && one.times_ms[i] <= to) {
                series.samples.push_back({one.times_ms[i], one.values[i]});
            }
        }
        if (!series.samples.empty()) {
            value.series.push_back(std::move(series));
        }
    }
}

Result<Value> evaluate(const Expression& expression, SeriesSource& source, const Steps& steps, const Frame& frame,
                       const Options& options, bool is_range_query) {
    Budget budget(options.limits, options.clock, options.cancelled);
    LabelArena arena;
    Evaluator evaluator(expression.text(), frame, Workspace{budget, arena});
    const auto& root = expression.root();
    Value value{.type = is_range_query ? ValueType::matrix : expression.type()};
    if (expression.type() == ValueType::string) {
        value.text = std::get<StringLiteral>(bare(root).node).value;
        return value;
    }
    VIGIE_CHECK(evaluator.fetch(root, steps, source));
    switch (expression.type()) {
        case ValueType::scalar: {
            VIGIE_TRY(const auto numbers, evaluator.scalar(root, steps));
            add_scalars(value, numbers, steps);
            return value;
        }
        case ValueType::vector: {
            VIGIE_TRY(const auto matrix, evaluator.vector(root, steps));
            add_rows(value, matrix, steps, is_range_query);
            return value;
        }
        default: {
            VIGIE_TRY(const auto input, evaluator.range(root, steps));
            add_windows(value, input);
            return value;
        }
    }
}

}  // namespace

Result<Value> evaluate_at(const Expression& expression, SeriesSource& source, WallTime at, const Options& options) {
    VIGIE_CHECK(check_time(at));
    return evaluate(expression, source, steps_of(at, at, 0ms), frame_of(at, at, options), options, false);
}

Result<Value> evaluate_over(const Expression& expression, SeriesSource& source, WallTime from, WallTime to,
                            milliseconds step, const Options& options) {
    VIGIE_CHECK(check_time(from));
    VIGIE_CHECK(check_time(to));
    if (expression.type() != ValueType::scalar && expression.type() != ValueType::vector) {
        return fail(ErrorCode::malformed, "a range query needs a scalar or an instant vector, not a {}",
                    name_of(expression.type()));
    }
    if (step.count() <= 0) {
        return fail(ErrorCode::malformed, "the step of a range query must be above 0");
    }
    if (to < from) {
        return fail(ErrorCode::malformed, "the end of a range query is before its start");
    }
    const auto steps = steps_of(from, to, step);
    if (steps.count > options.limits.steps_max) {
        return fail(ErrorCode::too_large,
                    "a range query has {} steps, more than {}: use a larger step or a shorter time", steps.count,
                    options.limits.steps_max);
    }
    return evaluate(expression, source, steps, frame_of(from, to, options), options, true);
}

std::vector<Need> needs_of(const Expression& expression, WallTime from, WallTime to, milliseconds step,
                           const Options& options) {
    return needs_of(expression.root(), steps_of(from, to, step), frame_of(from, to, options));
}

}  // namespace vigie::controller::query
