#include "controller/query/expression.hpp"

namespace vigie::controller::query {

Parsed<Expression> Expression::parse(std::string text) {
    auto root = parse_tree(text);
    if (!root) {
        return tl::unexpected(root.error());
    }
    return Expression(std::move(text), std::move(*root));
}

}  // namespace vigie::controller::query
