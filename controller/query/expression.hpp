// A parsed PromQL expression: what rules keep and queries evaluate. Immutable, movable, shared between threads as it
// is.
#pragma once
#include "controller/query/parser.hpp"

namespace vigie::controller::query {

class Expression {
  public:
    // The error's offset lies inside of the text; to_error() makes "1:7: parse error: ..." of it.
    static Parsed<Expression> parse(std::string text);

    const std::string& text() const { return text_; }
    const Expr& root() const { return *root_; }
    ValueType type() const { return root_->type; }

  private:
    Expression(std::string text, ExprPtr root) : text_(std::move(text)), root_(std::move(root)) {}

    std::string text_;
    ExprPtr root_;
};

}  // namespace vigie::controller::query
