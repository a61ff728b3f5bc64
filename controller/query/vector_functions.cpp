#include "controller/query/vector_functions.hpp"

#include <numbers>
#include <numeric>

#include "controller/query/arithmetic.hpp"
#include "controller/query/dates.hpp"
#include "controller/query/histogram.hpp"
#include "controller/query/range_functions.hpp"
#include "controller/query/rows.hpp"

namespace vigie::controller::query {
namespace {

using OfValue = double (*)(double);

OfValue math_function(std::string_view name) {
    static const std::unordered_map<std::string_view, OfValue> functions{
        {"abs", [](double x) { return std::fabs(x); }},
        {"ceil", [](double x) { return std::ceil(x); }},
        {"floor", [](double x) { return std::floor(x); }},
        {"exp", [](double x) { return std::exp(x); }},
        {"sqrt", [](double x) { return std::sqrt(x); }},
        {"ln", [](double x) { return std::log(x); }},
        {"log2", [](double x) { return std::log2(x); }},
        {"log10", [](double x) { return std::log10(x); }},
        {"sin", [](double x) { return std::sin(x); }},
        {"cos", [](double x) { return std::cos(x); }},
        {"tan", [](double x) { return std::tan(x); }},
        {"asin", [](double x) { return std::asin(x); }},
        {"acos", [](double x) { return std::acos(x); }},
        {"atan", [](double x) { return std::atan(x); }},
        {"sinh", [](double x) { return std::sinh(x); }},
        {"cosh", [](double x) { return std::cosh(x); }},
        {"tanh", [](double x) { return std::tanh(x); }},
        {"asinh", [](double x) { return std::asinh(x); }},
        {"acosh", [](double x) { return std::acosh(x); }},
        {"atanh", [](double x) { return std::atanh(x); }},
        {"rad", [](double x) { return x * std::numbers::pi / 180; }},
        {"deg", [](double x) { return x * 180 / std::numbers::pi; }},
        {"sgn", [](double x) { return x < 0   ? -1
                                      : x > 0 ? 1
                                              : x; }},
    };
    const auto found = functions.find(name);
    return found == functions.end() ? nullptr : found->second;
}

// Replaces each value by change(value, step).
template <typename Change>
void each_value(Matrix& matrix, Change&& change) {
    for (size_t i = 0; i < matrix.rows(); ++i) {
        double* row = matrix.row(i);
        for (size_t step = 0; step < matrix.steps(); ++step) {
            if (!is_absent(row[step])) {
                row[step] = change(row[step], step);
            }
        }
    }
}

void clamp(std::string_view name, Matrix& matrix, const std::vector<Scalars>& parameters) {
    if (name == "clamp_max") {
        each_value(matrix, [&](double value, size_t step) { return min_of(parameters[0][step], value); });
    } else if (name == "clamp_min") {
        each_value(matrix, [&](double value, size_t step) { return max_of(parameters[0][step], value); });
    } else {
        each_value(matrix, [&](double value, size_t step) {
            const double low = parameters[0][step];
            const double high = parameters[1][step];
            return high < low ? absent : max_of(low, min_of(high, value));
        });
        matrix.drop_empty_rows();
    }
}

// To the nearest multiple, halves up. Multiplying by the inverse rounds as Prometheus does.
void round(Matrix& matrix, const std::vector<Scalars>& parameters) {
    each_value(matrix, [&](double value, size_t step) {
        const double inverse = 1.0 / (parameters.empty() ? 1.0 : parameters[0][step]);
        return std::floor(value * inverse + 0.5) / inverse;
    });
}

// Only an instant result has an order; NaNs come last either way.
void sort(Matrix& matrix, bool is_descending) {
    if (!matrix.is_instant()) {
        return;
    }
    std::vector<size_t> order(matrix.rows());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const double x = matrix.cell(a, 0);
        const double y = matrix.cell(b, 0);
        return !std::isnan(x) && (std::isnan(y) || (is_descending ? x > y : x < y));
    });
    matrix.reorder(order);
}

}  // namespace

Result<Matrix> on_vector(std::string_view name, Matrix operand, const std::vector<Scalars>& parameters,
                         Workspace& workspace) {
    if (name == "sort" || name == "sort_desc") {
        sort(operand, name == "sort_desc");
        return operand;
    }
    if (name == "histogram_quantile") {
        return histogram_quantile(operand, parameters[0], workspace);
    }
    if (const auto function = math_function(name)) {
        each_value(operand, [function](double value, size_t) { return function(value); });
    } else if (const auto part = date_part(name)) {
        each_value(operand, [part](double value, size_t) { return part(date_of(value)); });
    } else if (name == "round") {
        round(operand, parameters);
    } else {
        clamp(name, operand, parameters);
    }
    return drop_names(std::move(operand), SameLabels::at_one_step, workspace);
}

Matrix date_of_steps(std::string_view name, const Steps& steps) {
    Matrix matrix(steps.count);
    matrix.has_one_name = true;
    double* row = matrix.add(SeriesLabels());
    const auto part = date_part(name);
    for (size_t step = 0; step < steps.count; ++step) {
        const int64_t whole_seconds = steps.at(step) / 1000;
        row[step] = part(date_of(static_cast<double>(whole_seconds)));
    }
    return matrix;
}

Result<Matrix> absent_steps(const Selector* selector, const Matrix& operand, Workspace& workspace) {
    Matrix matrix(operand.steps());
    matrix.has_one_name = true;
    double* row = matrix.add(demanded_labels(selector, workspace.arena));
    for (size_t step = 0; step < operand.steps(); ++step) {
        bool is_there = false;
        for (size_t i = 0; i < operand.rows() && !is_there; ++i) {
            is_there = !is_absent(operand.cell(i, step));
        }
        row[step] = is_there ? absent : 1;
    }
    matrix.drop_empty_rows();
    return matrix;
}

}  // namespace vigie::controller::query
