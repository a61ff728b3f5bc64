// Selectors and subqueries: from the source's samples to values at steps and to windows.
#include "controller/query/evaluator.hpp"
#include "controller/query/rows.hpp"
#include "controller/query/windows.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller::query {
namespace {

bool is_same(const std::vector<Matcher>& a, const std::vector<Matcher>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Matcher& x, const Matcher& y) {
        return x.label() == y.label() && x.kind() == y.kind() && x.value() == y.value();
    });
}

bool selects_one_name(const Selector& selector) {
    return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& one) {
        return one.label() == metric_name_label && one.kind() == Matcher::Kind::equal;
    });
}

// The samples of [from, to], which a source may give more of.
SeriesSamples trimmed(const SeriesSamples& series, int64_t from, int64_t to) {
    const auto begin = series.times_ms.begin();
    const auto first = static_cast<size_t>(std::lower_bound(begin, series.times_ms.end(), from) - begin);
    const auto last = static_cast<size_t>(std::upper_bound(begin, series.times_ms.end(), to) - begin);
    const auto count = std::max(first, last) - first;
    return {series.labels, series.times_ms.subspan(first, count), series.values.subspan(first, count),
            series.counts.empty() ? series.counts : series.counts.subspan(first, count)};
}

// At each step the newest sample that is at most `lookback` old, or its time in seconds.
void look_back(const SeriesSamples& series, const ReadTimes& times, int64_t lookback, bool wants_times, double* row) {
    const size_t columns = times.is_pinned ? 1 : times.steps.count;
    size_t after = 0;  // samples that are not newer than the step
    for (size_t step = 0; step < columns; ++step) {
        const auto at = times.at(step);
        after = first_after(series.times_ms, after, at);
        if (after == 0 || series.times_ms[after - 1] < at - lookback || is_absent(series.values[after - 1])) {
            continue;
        }
        row[step] = wants_times ? static_cast<double>(series.times_ms[after - 1]) / 1000 : series.values[after - 1];
    }
    if (times.is_pinned) {
        std::fill_n(row, times.steps.count, row[0]);
    }
}

}  // namespace

Result<void> Evaluator::fetch(const Expr& expr, const Steps& steps, SeriesSource& source) {
    const auto needs = needs_of(expr, steps, frame_);
    for (size_t i = 0; i < needs.size(); ++i) {
        const auto& need = needs[i];
        const auto before = std::find_if(needs.begin(), needs.begin() + static_cast<long>(i), [&need](const Need& one) {
            return one.from_ms == need.from_ms && one.to_ms == need.to_ms && one.step_ms == need.step_ms &&
                   one.selector->range_ms == need.selector->range_ms && one.reading == need.reading &&
                   is_same(one.selector->matchers, need.selector->matchers);
        });
        if (before != needs.begin() + static_cast<long>(i)) {
            samples_of_[need.selector] = samples_of_[before->selector];
            continue;
        }
        VIGIE_TRY(auto found, source.select({need.selector->matchers, need.from_ms, need.to_ms, need.step_ms,
                                             need.selector->range_ms, need.reading}));
        for (auto& series : found) {
            series = trimmed(series, need.from_ms, need.to_ms);
            VIGIE_CHECK(workspace_.budget.take(series.values.size()));
        }
        fetched_.push_back(std::move(found));
        samples_of_[need.selector] = &fetched_.back();
    }
    return {};
}

const std::vector<SeriesSamples>& Evaluator::samples_of(const Selector& selector) const {
    const auto found = samples_of_.find(&selector);
    VIGIE_ASSERT(found != samples_of_.end());
    return *found->second;
}

Result<Matrix> Evaluator::instant_selector(const Selector& selector, const Steps& steps, bool wants_times) {
    const auto& found = samples_of(selector);
    VIGIE_CHECK(workspace_.budget.take(found.size() * steps.count));
    const auto times = read_times(selector.shift, steps, frame_);
    Matrix matrix(steps.count);
    matrix.reserve(found.size());
    matrix.has_one_name = selects_one_name(selector);
    for (const auto& series : found) {
        double* row = matrix.add(SeriesLabels(series.labels));
        look_back(series, times, frame_.lookback_ms, wants_times, row);
        if (!has_values(row, steps.count)) {
            matrix.drop_last();
        }
        VIGIE_CHECK(workspace_.budget.spend(series.values.size()));
    }
    return matrix;
}

// Of a selector the time of each sample, of anything else the time of evaluation.
Result<Matrix> Evaluator::timestamps(const Call& call, const Steps& steps) {
    const auto& argument = bare(*call.arguments[0]);
    if (const auto* selector = std::get_if<Selector>(&argument.node)) {
        VIGIE_TRY(auto times, instant_selector(*selector, steps, true));
        return drop_names(std::move(times), SameLabels::at_one_step, workspace_);
    }
    VIGIE_TRY(auto matrix, vector(argument, steps));
    for (size_t i = 0; i < matrix.rows(); ++i) {
        for (size_t step = 0; step < steps.count; ++step) {
            auto& cell = matrix.cell(i, step);
            cell = is_absent(cell) ? absent : static_cast<double>(steps.at(step)) / 1000;
        }
    }
    return drop_names(std::move(matrix), SameLabels::at_one_step, workspace_);
}

Result<RangeInput> Evaluator::range(const Expr& expr, const Steps& steps) {
    const auto& inside = bare(expr);
    if (const auto* node = std::get_if<Subquery>(&inside.node)) {
        return subquery(*node, steps);
    }
    const auto& selector = std::get<Selector>(inside.node);
    RangeInput input{.range_ms = selector.range_ms, .times = read_times(selector.shift, steps, frame_)};
    input.has_one_name = selects_one_name(selector);
    for (const auto& series : samples_of(selector)) {
        if (std::none_of(series.values.begin(), series.values.end(), is_absent)) {
            input.series.push_back({SeriesLabels(series.labels), series.times_ms, series.values, series.counts});
            continue;
        }
        VIGIE_CHECK(workspace_.budget.take(series.values.size()));
        auto& own_times = input.own_times.emplace_back();
        auto& own_values = input.own_values.emplace_back();
        auto& own_counts = input.own_counts.emplace_back();
        for (size_t i = 0; i < series.values.size(); ++i) {
            if (is_absent(series.values[i])) {
                continue;
            }
            own_times.push_back(series.times_ms[i]);
            own_values.push_back(series.values[i]);
            if (!series.counts.empty()) {
                own_counts.push_back(series.counts[i]);
            }
        }
        input.series.push_back({SeriesLabels(series.labels), own_times, own_values, own_counts});
    }
    return input;
}

Result<RangeInput> Evaluator::subquery(const Subquery& subquery, const Steps& steps) {
    const auto inner = inner_steps(subquery, steps, frame_);
    VIGIE_CHECK(workspace_.budget.take(inner.count));
    VIGIE_TRY(const auto matrix, vector(*subquery.inner, inner));
    VIGIE_CHECK(workspace_.budget.take(matrix.rows() * inner.count));
    RangeInput input{.range_ms = subquery.range_ms, .times = read_times(subquery.shift, steps, frame_)};
    input.has_one_name = matrix.has_one_name;
    auto& all_times = input.own_times.emplace_back();
    for (size_t step = 0; step < inner.count; ++step) {
        all_times.push_back(inner.at(step));
    }
    for (size_t i = 0; i < matrix.rows(); ++i) {
        const double* row = matrix.row(i);
        auto& own_values = input.own_values.emplace_back();
        if (std::none_of(row, row + inner.count, is_absent)) {
            own_values.assign(row, row + inner.count);
            input.series.push_back({matrix.labels(i), all_times, own_values});
            continue;
        }
        auto& own_times = input.own_times.emplace_back();
        for (size_t step = 0; step < inner.count; ++step) {
            if (!is_absent(row[step])) {
                own_times.push_back(inner.at(step));
                own_values.push_back(row[step]);
            }
        }
        input.series.push_back({matrix.labels(i), own_times, own_values});
    }
    return input;
}

}  // namespace vigie::controller::query
