// The form of Prometheus's own printer: one line, one space around operators, matchers by their text.
#include <cmath>

#include "controller/query/ast.hpp"
#include "controller/query/literals.hpp"

namespace vigie::controller::query {
namespace {

std::string listed(const std::vector<std::string>& words, std::string_view between) {
    return fmt::format("{}", fmt::join(words, between));
}

std::string text_of(const Matcher& matcher) {
    static constexpr std::string_view signs[] = {"=", "!=", "=~", "!~"};
    return matcher.label() + std::string(signs[static_cast<size_t>(matcher.kind())]) + quoted(matcher.value());
}

std::string text_of(const TimeShift& shift) {
    std::string text;
    if (shift.anchor == TimeShift::Anchor::time) {
        text = fmt::format(" @ {:.3f}", static_cast<double>(shift.unix_ms) / 1000);
    } else if (shift.anchor != TimeShift::Anchor::none) {
        text = shift.anchor == TimeShift::Anchor::start ? " @ start()" : " @ end()";
    }
    if (shift.offset_ms != 0) {
        text += fmt::format(" offset {}{}", shift.offset_ms < 0 ? "-" : "", duration_text(std::abs(shift.offset_ms)));
    }
    return text;
}

std::string text_of(const Matching& matching) {
    if (matching.labels.empty() && !matching.is_on) {
        // Prometheus leaves `ignoring ()` out, and a group with it, which would not read back as the same.
        if (matching.cardinality == Cardinality::one_to_one) {
            return "";
        }
    }
    auto text = fmt::format(" {} ({})", matching.is_on ? "on" : "ignoring", listed(matching.labels, ", "));
    if (matching.cardinality != Cardinality::one_to_one) {
        const auto side = matching.cardinality == Cardinality::many_to_one ? "left" : "right";
        text += fmt::format(" group_{} ({})", side, listed(matching.include, ", "));
    }
    return text;
}

struct Printer {
    // Without the sign of +Inf, which before ^ would be read as one of the power.
    std::string operator()(const NumberLiteral& node) const {
        return std::isinf(node.value) && node.value > 0 ? "Inf" : number_text(node.value);
    }
    std::string operator()(const StringLiteral& node) const { return quoted(node.value); }
    std::string operator()(const Parentheses& node) const { return fmt::format("({})", print(*node.inner)); }
    std::string operator()(const Unary& node) const {
        return fmt::format("{}{}", node.is_negative ? '-' : '+', print(*node.operand));
    }

    std::string operator()(const Selector& node) const {
        std::vector<std::string> matchers;
        for (const auto& one : node.matchers) {
            if (node.name.empty() || &one != &node.matchers.back()) {
                matchers.push_back(text_of(one));
            }
        }
        std::sort(matchers.begin(), matchers.end());
        return node.name + (matchers.empty() ? "" : fmt::format("{{{}}}", listed(matchers, ","))) +
               (node.range_ms == 0 ? "" : fmt::format("[{}]", duration_text(node.range_ms))) + text_of(node.shift);
    }

    std::string operator()(const Subquery& node) const {
        return fmt::format("{}[{}:{}]{}", print(*node.inner), duration_text(node.range_ms),
                           node.step_ms == 0 ? "" : duration_text(node.step_ms), text_of(node.shift));
    }

    std::string operator()(const Binary& node) const {
        return fmt::format("{} {}{}{} {}", print(*node.left), name_of(node.op), node.returns_bool ? " bool" : "",
                           text_of(node.matching), print(*node.right));
    }

    std::string operator()(const Aggregation& node) const {
        std::string grouping;
        if (node.is_without || !node.grouping.empty()) {
            grouping = fmt::format(" {} ({}) ", node.is_without ? "without" : "by", listed(node.grouping, ", "));
        }
        const auto parameter = node.parameter == nullptr ? "" : print(*node.parameter) + ", ";
        return fmt::format("{}{}({}{})", name_of(node.aggregator), grouping, parameter, print(*node.operand));
    }

    std::string operator()(const Call& node) const {
        std::vector<std::string> arguments;
        for (const auto& one : node.arguments) {
            arguments.push_back(print(*one));
        }
        return fmt::format("{}({})", node.function->name, listed(arguments, ", "));
    }
};

}  // namespace

std::string print(const Expr& expr) {
    return std::visit(Printer{}, expr.node);
}

}  // namespace vigie::controller::query
