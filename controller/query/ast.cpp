#include "controller/query/ast.hpp"

namespace vigie::controller::query {
namespace {

constexpr std::string_view operator_names[] = {
    "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"};
constexpr std::string_view aggregator_names[] = {"sum",    "avg",    "count", "min",     "max",          "group",
                                                 "stddev", "stdvar", "topk",  "bottomk", "count_values", "quantile"};

}  // namespace

std::string_view name_of(Operator op) {
    return operator_names[static_cast<size_t>(op)];
}
bool is_comparison(Operator op) {
    return op >= Operator::equal && op <= Operator::less_equal;
}
bool is_set_operator(Operator op) {
    return op >= Operator::logical_and;
}

std::string_view name_of(Aggregator aggregator) {
    return aggregator_names[static_cast<size_t>(aggregator)];
}
bool has_parameter(Aggregator aggregator) {
    return aggregator >= Aggregator::topk;
}

const Expr& bare(const Expr& expr) {
    const Expr* inside = &expr;
    while (const auto* parentheses = std::get_if<Parentheses>(&inside->node)) {
        inside = parentheses->inner.get();
    }
    return *inside;
}

std::vector<const Expr*> parts_of(const Expr& expr) {
    std::vector<const Expr*> parts;
    if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
        parts = {subquery->inner.get()};
    } else if (const auto* unary = std::get_if<Unary>(&expr.node)) {
        parts = {unary->operand.get()};
    } else if (const auto* parentheses = std::get_if<Parentheses>(&expr.node)) {
        parts = {parentheses->inner.get()};
    } else if (const auto* binary = std::get_if<Binary>(&expr.node)) {
        parts = {binary->left.get(), binary->right.get()};
    } else if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) {
        parts = {aggregation->parameter.get(), aggregation->operand.get()};
        std::erase(parts, nullptr);
    } else if (const auto* call = std::get_if<Call>(&expr.node)) {
        for (const auto& argument : call->arguments) {
            parts.push_back(argument.get());
        }
    }
    return parts;
}

}  // namespace vigie::controller::query
