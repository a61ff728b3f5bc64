// Parts of the grammar that stand for themselves: selectors, lists of labels, and what follows an operand.
#pragma once
#include "controller/query/parser.hpp"
#include "controller/query/tokens.hpp"

namespace vigie::controller::query {

tl::unexpected<ParseError> refuse_at(size_t offset, std::string message);
tl::unexpected<ParseError> too_deep(size_t offset);

// Gives an expression its place and its depth. too_large: deeper than depth_max.
Parsed<ExprPtr> finish(const TokenReader& in, size_t offset, std::unique_ptr<Expr> expr);

template <typename Node>
Parsed<ExprPtr> make_expr(const TokenReader& in, size_t offset, Node node, size_t operator_offset = 0) {
    auto expr = std::make_unique<Expr>();
    expr->node = std::move(node);
    expr->operator_offset = operator_offset;
    return finish(in, offset, std::move(expr));
}

// ( name, name )
Parsed<void> read_label_list(TokenReader& in, std::vector<std::string>& labels);
// name { label = "value", ... }, one of the two may be missing.
Parsed<Selector> read_selector(TokenReader& in);
// ('[' ... ']' | offset DURATION | @ time)* after an operand.
Parsed<ExprPtr> read_suffixes(TokenReader& in, ExprPtr expr);

}  // namespace vigie::controller::query
