// Text to a checked expression: the grammar of Prometheus 2.42, then its rules of types.
#pragma once
#include "controller/query/ast.hpp"
#include "controller/query/lexer.hpp"

namespace vigie::controller::query {

// Generated alternatives (`a or b or ...`) nest as deep as they are many. Evaluation recurses on this, on threads whose
// stacks have 8 MiB.
constexpr int depth_max = 256;

// Each may compile to a MiB.
constexpr int regular_expressions_max = 128;

// unsupported: a function on native histograms. too_large: longer, deeper or with more regular expressions than
// allowed. malformed: everything else.
Parsed<ExprPtr> parse_tree(std::string_view text);

// Only a selector, as `match[]` of the HTTP API takes it: a name, matchers, or both.
Parsed<std::vector<Matcher>> parse_matchers(std::string_view text);

// Gives each part its type, or names the first part whose type does not fit. Called by parse_tree.
Parsed<void> check_types(Expr& expr);

}  // namespace vigie::controller::query
