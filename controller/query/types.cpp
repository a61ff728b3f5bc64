// The rules of types that Prometheus checks after parsing. Depth is bounded by the parser.
#include "controller/query/parser.hpp"

namespace vigie::controller::query {
namespace {

tl::unexpected<ParseError> refuse(size_t offset, std::string message) {
    return tl::unexpected(ParseError{ErrorCode::malformed, offset, std::move(message)});
}

Parsed<void> expect(const Expr& expr, ValueType wanted, std::string_view where) {
    if (expr.type == wanted) {
        return {};
    }
    return refuse(expr.offset,
                  fmt::format("expected type {} in {}, found {}", name_of(wanted), where, name_of(expr.type)));
}

bool is_number_or_vector(const Expr& expr) {
    return expr.type == ValueType::scalar || expr.type == ValueType::vector;
}

// Sets the type of one node whose parts have theirs.
class TypeRules {
  public:
    explicit TypeRules(Expr& expr) : expr_(expr) {}

    Parsed<void> operator()(const NumberLiteral&) { return is(ValueType::scalar); }
    Parsed<void> operator()(const StringLiteral&) { return is(ValueType::string); }
    Parsed<void> operator()(const Parentheses& node) { return is(node.inner->type); }

    Parsed<void> operator()(const Selector& node) {
        const auto is_narrow = [](const Matcher& one) { return !one.is_match(std::string_view()); };
        for (const auto& one : node.matchers) {
            if (!node.name.empty() && &one != &node.matchers.back() && one.label() == metric_name_label) {
                return refuse(expr_.offset,
                              fmt::format("the metric name stands twice: '{}' and '{}'", node.name, one.value()));
            }
        }
        if (std::none_of(node.matchers.begin(), node.matchers.end(), is_narrow)) {
            return refuse(expr_.offset, "a selector needs a metric name or a matcher that does not match \"\"");
        }
        return is(node.range_ms == 0 ? ValueType::vector : ValueType::matrix);
    }

    Parsed<void> operator()(const Subquery& node) {
        if (auto fits = expect(*node.inner, ValueType::vector, "a subquery"); !fits) {
            return fits;
        }
        return is(ValueType::matrix);
    }

    Parsed<void> operator()(const Unary& node) {
        if (!is_number_or_vector(*node.operand)) {
            return refuse(expr_.offset, fmt::format("a sign needs a scalar or an instant vector, found {}",
                                                    name_of(node.operand->type)));
        }
        return is(node.operand->type);
    }

    Parsed<void> operator()(const Binary& node) {
        const auto op = name_of(node.op);
        for (const auto* side : {node.left.get(), node.right.get()}) {
            if (!is_number_or_vector(*side)) {
                return refuse(side->offset, fmt::format("operator '{}' needs scalars or instant vectors, found {}", op,
                                                        name_of(side->type)));
            }
        }
        if (node.returns_bool && !is_comparison(node.op)) {
            return refuse(expr_.operator_offset, fmt::format("'bool' may only follow a comparison, not '{}'", op));
        }
        const bool is_scalar = node.left->type == ValueType::scalar && node.right->type == ValueType::scalar;
        if (is_scalar && is_comparison(node.op) && !node.returns_bool) {
            return refuse(expr_.operator_offset,
                          fmt::format("a comparison of two scalars needs 'bool': write '{} bool'", op));
        }
        const bool is_of_vectors = node.left->type == ValueType::vector && node.right->type == ValueType::vector;
        if (!is_of_vectors && is_set_operator(node.op)) {
            return refuse(expr_.operator_offset,
                          fmt::format("operator '{}' needs an instant vector on both sides", op));
        }
        if (auto fits = matching(node, is_of_vectors); !fits) {
            return fits;
        }
        return is(is_scalar ? ValueType::scalar : ValueType::vector);
    }

    Parsed<void> operator()(const Aggregation& node) {
        const auto where = fmt::format("aggregation '{}'", name_of(node.aggregator));
        if (node.parameter != nullptr) {
            const auto wanted = node.aggregator == Aggregator::count_values ? ValueType::string : ValueType::scalar;
            if (auto fits = expect(*node.parameter, wanted, "the parameter of " + where); !fits) {
                return fits;
            }
        }
        if (auto fits = expect(*node.operand, ValueType::vector, where); !fits) {
            return fits;
        }
        return is(ValueType::vector);
    }

    Parsed<void> operator()(const Call& node) {
        const auto& function = *node.function;
        const auto most = function.arguments.size();
        const auto given = node.arguments.size();
        const bool is_endless = function.optional < 0;
        const auto least = most - (is_endless ? 1 : static_cast<size_t>(function.optional));
        if (given < least || (given > most && !is_endless)) {
            const auto wanted = is_endless     ? fmt::format("at least {}", least)
                                : least < most ? fmt::format("{} to {}", least, most)
                                               : fmt::format("{}", most);
            return refuse(expr_.offset, fmt::format("function '{}' takes {} argument{}, not {}", function.name, wanted,
                                                    most == 1 && least == 1 ? "" : "s", given));
        }
        for (size_t i = 0; i < given; ++i) {
            const auto where = fmt::format("argument {} of function '{}'", i + 1, function.name);
            if (auto fits = expect(*node.arguments[i], function.arguments[std::min(i, most - 1)], where); !fits) {
                return fits;
            }
        }
        return is(function.result);
    }

  private:
    Parsed<void> is(ValueType type) {
        expr_.type = type;
        return {};
    }

    Parsed<void> matching(const Binary& node, bool is_of_vectors) const {
        const auto& matching = node.matching;
        if (!is_of_vectors && !matching.labels.empty()) {
            return refuse(expr_.operator_offset, "'on' and 'ignoring' need an instant vector on both sides");
        }
        if (is_of_vectors && is_set_operator(node.op) && matching.cardinality != Cardinality::one_to_one) {
            return refuse(expr_.operator_offset,
                          fmt::format("operator '{}' matches many to many: it takes no group_left or group_right",
                                      name_of(node.op)));
        }
        for (const auto& label : matching.labels) {
            const bool is_twice =
                std::find(matching.include.begin(), matching.include.end(), label) != matching.include.end();
            if (matching.is_on && is_twice) {
                return refuse(expr_.operator_offset,
                              fmt::format("label '{}' must not stand in 'on' and in the group modifier", label));
            }
        }
        return {};
    }

    Expr& expr_;
};

}  // namespace

Parsed<void> check_types(Expr& expr) {
    for (const auto* part : parts_of(expr)) {
        // The tree is ours until the parser gives it away.
        if (auto checked = check_types(const_cast<Expr&>(*part)); !checked) {
            return checked;
        }
    }
    return std::visit(TypeRules(expr), expr.node);
}

}  // namespace vigie::controller::query
