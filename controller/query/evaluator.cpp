#include "controller/query/evaluator.hpp"

#include <numbers>

#include "controller/query/aggregate.hpp"
#include "controller/query/arithmetic.hpp"
#include "controller/query/binary.hpp"
#include "controller/query/label_functions.hpp"
#include "controller/query/range_functions.hpp"
#include "controller/query/rows.hpp"
#include "controller/query/vector_functions.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller::query {

Result<Matrix> Evaluator::vector(const Expr& expr, const Steps& steps) {
    VIGIE_ASSERT(expr.type == ValueType::vector);
    if (steps.count == 0) {
        return Matrix(0);
    }
    // What reads the same at each step is computed once.
    if (steps.count > 1 && is_same_at_each_step(expr)) {
        VIGIE_TRY(const auto once, vector_at_steps(expr, steps.only_first()));
        return repeat(once, steps.count, workspace_);
    }
    VIGIE_TRY(auto matrix, vector_at_steps(expr, steps));
    VIGIE_CHECK(pay_for_labels());
    return matrix;
}

Result<void> Evaluator::pay_for_labels() {
    const auto bytes = workspace_.arena.bytes() - paid_bytes_;
    paid_bytes_ += bytes;
    return workspace_.budget.take(bytes / bytes_per_sample);
}

Result<Matrix> Evaluator::vector_at_steps(const Expr& expr, const Steps& steps) {
    if (const auto* parentheses = std::get_if<Parentheses>(&expr.node)) {
        return vector_at_steps(*parentheses->inner, steps);
    }
    if (const auto* selector = std::get_if<Selector>(&expr.node)) {
        return instant_selector(*selector, steps, false);
    }
    if (const auto* node = std::get_if<Unary>(&expr.node)) {
        return negated(expr, *node, steps);
    }
    if (const auto* node = std::get_if<Binary>(&expr.node)) {
        return binary(expr, *node, steps);
    }
    if (const auto* node = std::get_if<Aggregation>(&expr.node)) {
        return aggregation(expr, *node, steps);
    }
    const auto* node = std::get_if<Call>(&expr.node);
    VIGIE_ASSERT(node != nullptr);
    return call(expr, *node, steps);
}

Result<Matrix> Evaluator::negated(const Expr& expr, const Unary& unary, const Steps& steps) {
    VIGIE_TRY(auto matrix, vector(*unary.operand, steps));
    if (!unary.is_negative) {
        return matrix;
    }
    for (size_t i = 0; i < matrix.rows(); ++i) {
        double* row = matrix.row(i);
        for (size_t step = 0; step < steps.count; ++step) {
            row[step] = is_absent(row[step]) ? absent : -row[step];
        }
    }
    return placed(drop_names(std::move(matrix), SameLabels::at_all, workspace_), expr.offset);
}

Result<Matrix> Evaluator::binary(const Expr& expr, const Binary& node, const Steps& steps) {
    if (node.left->type == ValueType::vector && node.right->type == ValueType::vector) {
        VIGIE_TRY(auto left, vector(*node.left, steps));
        VIGIE_TRY(auto right, vector(*node.right, steps));
        VIGIE_CHECK(workspace_.budget.take((left.rows() + right.rows()) * steps.count));
        return placed(is_set_operator(node.op) ? set_operation(node, left, right, workspace_)
                                               : matched(node, left, right, workspace_),
                      expr.operator_offset);
    }
    const bool is_vector_left = node.left->type == ValueType::vector;
    VIGIE_TRY(auto operand, vector(is_vector_left ? *node.left : *node.right, steps));
    VIGIE_TRY(const auto numbers, scalar(is_vector_left ? *node.right : *node.left, steps));
    return placed(with_scalar(node, std::move(operand), numbers, workspace_), expr.operator_offset);
}

Result<Matrix> Evaluator::aggregation(const Expr& expr, const Aggregation& node, const Steps& steps) {
    Scalars parameter;
    std::string label;
    if (node.aggregator == Aggregator::count_values) {
        label = std::get<StringLiteral>(bare(*node.parameter).node).value;
    } else if (node.parameter != nullptr) {
        VIGIE_TRY(parameter, scalar(*node.parameter, steps));
    }
    VIGIE_TRY(const auto operand, vector(*node.operand, steps));
    VIGIE_CHECK(workspace_.budget.spend(operand.rows() * steps.count));
    switch (node.aggregator) {
        case Aggregator::count_values:
            return placed(count_values(node, operand, label, workspace_), expr.offset);
        case Aggregator::topk:
        case Aggregator::bottomk:
            return placed(top_rows(node, operand, parameter, workspace_), expr.offset);
        case Aggregator::quantile:
            return placed(quantile_by_group(node, operand, parameter, workspace_), expr.offset);
        default:
            return placed(aggregate(node, operand, workspace_), expr.offset);
    }
}

Result<Scalars> Evaluator::scalar(const Expr& expr, const Steps& steps) {
    VIGIE_ASSERT(expr.type == ValueType::scalar);
    VIGIE_CHECK(workspace_.budget.take(steps.count));
    if (const auto* parentheses = std::get_if<Parentheses>(&expr.node)) {
        return scalar(*parentheses->inner, steps);
    }
    if (const auto* number = std::get_if<NumberLiteral>(&expr.node)) {
        return Scalars(steps.count, number->value);
    }
    if (const auto* node = std::get_if<Unary>(&expr.node)) {
        VIGIE_TRY(auto numbers, scalar(*node->operand, steps));
        for (auto& number : numbers) {
            number = node->is_negative ? -number : number;
        }
        return numbers;
    }
    if (const auto* node = std::get_if<Binary>(&expr.node)) {
        return scalar_binary(*node, steps);
    }
    return scalar_call(std::get<Call>(expr.node), steps);
}

Result<Scalars> Evaluator::scalar_binary(const Binary& node, const Steps& steps) {
    VIGIE_TRY(auto left, scalar(*node.left, steps));
    VIGIE_TRY(const auto right, scalar(*node.right, steps));
    for (size_t i = 0; i < steps.count; ++i) {
        left[i] = is_comparison(node.op) ? (compares(node.op, left[i], right[i]) ? 1 : 0)
                                         : calculated(node.op, left[i], right[i]);
    }
    return left;
}

Result<Scalars> Evaluator::scalar_call(const Call& call, const Steps& steps) {
    Scalars numbers(steps.count, std::numeric_limits<double>::quiet_NaN());
    if (call.function->name == "time") {
        for (size_t i = 0; i < steps.count; ++i) {
            numbers[i] = static_cast<double>(steps.at(i)) / 1000;
        }
        return numbers;
    }
    if (call.function->name == "pi") {
        return Scalars(steps.count, std::numbers::pi);
    }
    // scalar(): the value where there is exactly one.
    VIGIE_TRY(const auto operand, vector(*call.arguments[0], steps));
    for (size_t step = 0; step < steps.count; ++step) {
        size_t found = 0;
        double value = 0;
        for (size_t i = 0; i < operand.rows() && found < 2; ++i) {
            if (!is_absent(operand.cell(i, step))) {
                value = operand.cell(i, step);
                ++found;
            }
        }
        if (found == 1) {
            numbers[step] = value;
        }
    }
    return numbers;
}

Result<std::vector<Scalars>> Evaluator::scalar_arguments(const Call& call, const Steps& steps) {
    std::vector<Scalars> scalars;
    for (const auto& argument : call.arguments) {
        if (argument->type == ValueType::scalar) {
            VIGIE_TRY(auto numbers, scalar(*argument, steps));
            scalars.push_back(std::move(numbers));
        }
    }
    return scalars;
}

Result<Matrix> Evaluator::call(const Expr& expr, const Call& call, const Steps& steps) {
    const auto is_matrix = [](const ExprPtr& argument) { return argument->type == ValueType::matrix; };
    if (std::any_of(call.arguments.begin(), call.arguments.end(), is_matrix)) {
        return call_on_range(expr, call, steps);
    }
    if (call.function->name == "timestamp") {
        return placed(timestamps(call, steps), expr.offset);
    }
    return call_on_vector(expr, call, steps);
}

Result<Matrix> Evaluator::call_on_range(const Expr& expr, const Call& call, const Steps& steps) {
    const auto* argument = std::find_if(call.arguments.begin(), call.arguments.end(), [](const ExprPtr& one) {
                               return one->type == ValueType::matrix;
                           })->get();
    VIGIE_TRY(const auto scalars, scalar_arguments(call, steps));
    VIGIE_TRY(const auto input, range(*argument, steps));
    VIGIE_CHECK(workspace_.budget.take(input.series.size() * steps.count));
    if (call.function->name == "absent_over_time") {
        const auto* selector = std::get_if<Selector>(&bare(*argument).node);
        return absent_over_time(selector, input, steps, workspace_);
    }
    return placed(over_time(call.function->name, input, scalars, steps, workspace_), expr.offset);
}

Result<Matrix> Evaluator::call_on_vector(const Expr& expr, const Call& call, const Steps& steps) {
    const auto name = call.function->name;
    VIGIE_TRY(const auto scalars, scalar_arguments(call, steps));
    if (name == "vector") {
        Matrix matrix(steps.count);
        std::copy(scalars[0].begin(), scalars[0].end(), matrix.add(SeriesLabels()));
        matrix.has_one_name = true;
        return matrix;
    }
    if (call.arguments.empty()) {
        return date_of_steps(name, steps);
    }
    const auto vector_at = std::find_if(call.arguments.begin(), call.arguments.end(),
                                        [](const ExprPtr& one) { return one->type == ValueType::vector; });
    VIGIE_TRY(auto operand, vector(**vector_at, steps));
    VIGIE_CHECK(workspace_.budget.take(operand.rows() * steps.count));
    if (name == "absent") {
        return absent_steps(std::get_if<Selector>(&bare(**vector_at).node), operand, workspace_);
    }
    if (name == "label_replace" || name == "label_join") {
        std::vector<std::string> texts;
        for (size_t i = 1; i < call.arguments.size(); ++i) {
            texts.push_back(std::get<StringLiteral>(bare(*call.arguments[i]).node).value);
        }
        return placed(name == "label_join" ? label_join(std::move(operand), texts, workspace_)
                                           : label_replace(std::move(operand), texts, workspace_),
                      expr.offset);
    }
    return placed(on_vector(name, std::move(operand), scalars, workspace_), expr.offset);
}

}  // namespace vigie::controller::query
