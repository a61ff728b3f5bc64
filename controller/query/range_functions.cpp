#include "controller/query/range_functions.hpp"

#include "controller/query/arithmetic.hpp"
#include "controller/query/counters.hpp"
#include "controller/query/extremes.hpp"
#include "controller/query/labels.hpp"
#include "controller/query/prefix_sums.hpp"
#include "controller/query/regression.hpp"
#include "controller/query/rows.hpp"
#include "controller/query/windows.hpp"

namespace vigie::controller::query {
namespace {

double sum_of(const Window& window) {
    CompensatedSum sum;
    for (size_t i = 0; i < window.count; ++i) {
        sum.add(window.values[i]);
    }
    return std::isinf(sum.sum) ? sum.sum : sum.total();
}

// The mean that Prometheus computes: it grows by differences, so that it does not overflow, and knows infinities.
double careful_average(const Window& window) {
    CompensatedSum mean;
    for (size_t i = 0; i < window.count; ++i) {
        const double value = window.values[i];
        const double count = static_cast<double>(i + 1);
        if (std::isinf(mean.sum)) {
            const bool is_same_infinity = std::isinf(value) && (mean.sum > 0) == (value > 0);
            if (is_same_infinity || (!std::isinf(value) && !std::isnan(value))) {
                continue;
            }
        }
        mean.add(value / count - mean.sum / count);
    }
    return std::isinf(mean.sum) ? mean.sum : mean.total();
}

// A sum divided once is the same mean where nothing overflows, without two divisions for each sample.
double average_of(const Window& window) {
    const double sum = sum_of(window);
    return std::isfinite(sum) || window.counts != nullptr ? sum / window.samples() : careful_average(window);
}

double variance_of(const Window& window) {
    CompensatedSum mean;
    CompensatedSum squares;
    double count = 0;
    for (size_t i = 0; i < window.count; ++i) {
        const double value = window.values[i];
        ++count;
        const double delta = value - mean.total();
        mean.add(delta / count);
        squares.add(delta * (value - mean.total()));
    }
    return squares.total() / count;
}

double resets_of(const Window& window) {
    double resets = 0;
    for (size_t i = 1; i < window.count; ++i) {
        resets += window.values[i] < window.values[i - 1] ? 1 : 0;
    }
    return resets;
}

double changes_of(const Window& window) {
    double changes = 0;
    for (size_t i = 1; i < window.count; ++i) {
        const double before = window.values[i - 1];
        const double value = window.values[i];
        changes += value != before && !(std::isnan(value) && std::isnan(before)) ? 1 : 0;
    }
    return changes;
}

// What a function gives for one window; `absent`: nothing.
using OfWindow = double (*)(const Window&);

OfWindow plain_function(std::string_view name) {
    static const std::unordered_map<std::string_view, OfWindow> functions{
        {"avg_over_time", average_of},
        {"sum_over_time", sum_of},
        {"count_over_time", [](const Window& window) { return window.samples(); }},
        {"last_over_time", [](const Window& window) { return window.last(); }},
        {"present_over_time", [](const Window&) { return 1.0; }},
        {"stdvar_over_time", variance_of},
        {"stddev_over_time", [](const Window& window) { return std::sqrt(variance_of(window)); }},
        {"resets", resets_of},
        {"changes", changes_of},
        {"irate", [](const Window& window) { return last_difference(window, true); }},
        {"idelta", [](const Window& window) { return last_difference(window, false); }},
        {"delta", delta_of},
        {"deriv", slope_of},
    };
    const auto found = functions.find(name);
    return found == functions.end() ? nullptr : found->second;
}

Result<void> check_smoothing(double smoothing, double trend) {
    if (!(smoothing > 0 && smoothing < 1) && !std::isnan(smoothing)) {
        return fail(ErrorCode::malformed, "holt_winters: invalid smoothing factor {}, expected between 0 and 1",
                    smoothing);
    }
    if (!(trend > 0 && trend < 1) && !std::isnan(trend)) {
        return fail(ErrorCode::malformed, "holt_winters: invalid trend factor {}, expected between 0 and 1", trend);
    }
    return {};
}

// One series' row of values.
class Row {
  public:
    Row(std::string_view name, const RangeInput& input, const std::vector<Scalars>& parameters, const Steps& steps,
        Budget& budget)
        : name_(name),
          input_(input),
          parameters_(parameters),
          steps_(steps),
          budget_(budget),
          plain_(plain_function(name)) {}

    Result<void> fill(const RangeSeries& series, double* row) {
        if (name_ == "rate" || name_ == "increase") {
            fill_rates(input_, series, steps_, name_ == "rate", row);
            return {};
        }
        if (name_ == "min_over_time" || name_ == "max_over_time") {
            fill_extremes(input_, series, steps_, name_ == "max_over_time", row);
            return {};
        }
        if ((name_ == "sum_over_time" || name_ == "avg_over_time") && overlaps_much() && fill_sums(series, row)) {
            return {};
        }
        Result<void> filled;
        each_window(input_, series, steps_, [&](size_t step, const Window& window) {
            if (!filled) {
                return;
            }
            filled = budget_.spend(window.count);
            if (plain_ != nullptr) {
                row[step] = plain_(window);
            } else if (name_ == "quantile_over_time") {
                sorted_.assign(window.values, window.values + window.count);
                row[step] = quantile_of(parameters_[0][step], sorted_);
            } else if (name_ == "predict_linear") {
                row[step] = predicted(window, parameters_[0][step]);
            } else if (auto fits = check_smoothing(parameters_[0][step], parameters_[1][step]); !fits) {
                filled = std::move(fits);
            } else {
                row[step] = smoothed(window, parameters_[0][step], parameters_[1][step]);
            }
        });
        return filled;
    }

  private:
    // Each sample is in so many windows that prefix sums pay.
    bool overlaps_much() const { return steps_.count > 1 && input_.range_ms / steps_.interval_ms >= 4; }

    bool fill_sums(const RangeSeries& series, double* row) {
        const PrefixSums sums(series.values);
        const bool is_average = name_ == "avg_over_time";
        if (!sums.is_usable() || (is_average && !series.counts.empty())) {
            return false;
        }
        each_window(input_, series, steps_, [&](size_t step, const Window& window) {
            const double sum = sums.sum(static_cast<size_t>(window.values - series.values.data()), window.count);
            row[step] = is_average ? sum / static_cast<double>(window.count) : sum;
        });
        return true;
    }

    std::string_view name_;
    const RangeInput& input_;
    const std::vector<Scalars>& parameters_;
    const Steps& steps_;
    Budget& budget_;
    OfWindow plain_;
    std::vector<double> sorted_;
};

}  // namespace

Result<Matrix> over_time(std::string_view name, const RangeInput& input, const std::vector<Scalars>& parameters,
                         const Steps& steps, Workspace& workspace) {
    Matrix matrix(steps.count);
    matrix.reserve(input.series.size());
    matrix.has_one_name = input.has_one_name;
    Row filler(name, input, parameters, steps, workspace.budget);
    for (const auto& series : input.series) {
        double* row = matrix.add(series.labels);
        VIGIE_CHECK(filler.fill(series, row));
        if (!has_values(row, steps.count)) {
            matrix.drop_last();
        }
        VIGIE_CHECK(workspace.budget.spend(series.times_ms.size()));
    }
    // last_over_time gives a sample that is there, as a selector does, and keeps its name.
    return name == "last_over_time" ? std::move(matrix) : drop_names(std::move(matrix), SameLabels::at_all, workspace);
}

SeriesLabels demanded_labels(const Selector* selector, LabelArena& arena) {
    LabelEdit edit;
    if (selector == nullptr) {
        return SeriesLabels();
    }
    std::vector<std::string_view> seen;
    for (const auto& matcher : selector->matchers) {
        if (matcher.label() == metric_name_label) {
            continue;
        }
        // A label that is demanded twice, or otherwise than by =, has no one value.
        const bool is_first = std::find(seen.begin(), seen.end(), matcher.label()) == seen.end();
        if (matcher.kind() == Matcher::Kind::equal && is_first) {
            edit.set(matcher.label(), matcher.value());
            seen.push_back(matcher.label());
        } else {
            edit.erase(matcher.label());
        }
    }
    return arena.keep(edit.labels());
}

Result<Matrix> absent_over_time(const Selector* selector, const RangeInput& input, const Steps& steps,
                                Workspace& workspace) {
    std::vector<char> is_present(steps.count);
    for (const auto& series : input.series) {
        VIGIE_CHECK(workspace.budget.spend(series.times_ms.size()));
        each_window(input, series, steps, [&](size_t step, const Window&) { is_present[step] = 1; });
    }
    Matrix matrix(steps.count);
    matrix.has_one_name = true;
    double* row = matrix.add(demanded_labels(selector, workspace.arena));
    for (size_t step = 0; step < steps.count; ++step) {
        row[step] = is_present[step] != 0 ? absent : 1;
    }
    matrix.drop_empty_rows();
    return matrix;
}

}  // namespace vigie::controller::query
