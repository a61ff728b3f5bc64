#include "controller/rules/locality.hpp"

#include <algorithm>

namespace vigie::controller::rules {
namespace {

using namespace query;
using Names = std::set<std::string, std::less<>>;

bool has(const std::vector<std::string>& labels, std::string_view label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool is_selecting_any(const Selector& selector, const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return may_select(selector, name); });
}

class Locality {
  public:
    explicit Locality(const Names& recorded) : recorded_(recorded) {}

    // Of a scalar: that it needs no sample at all.
    bool is_local(const Expr& expr) const {
        return std::visit([this](const auto& node) { return this->of(node); }, expr.node);
    }

  private:
    static bool of(const NumberLiteral&) { return true; }
    static bool of(const StringLiteral&) { return true; }
    static bool of(const Subquery&) { return false; }
    bool of(const Parentheses& node) const { return is_local(*node.inner); }
    bool of(const Unary& node) const { return is_local(*node.operand); }

    bool of(const Selector& node) const {
        return node.range_ms == 0 && node.shift.offset_ms == 0 && node.shift.anchor == TimeShift::Anchor::none &&
               !is_selecting_any(node, recorded_);
    }

    bool of(const Binary& node) const {
        const bool is_of_vectors = node.left->type == ValueType::vector && node.right->type == ValueType::vector;
        const bool keeps_host = has(node.matching.labels, host_label) == node.matching.is_on;
        return (!is_of_vectors || keeps_host) && is_local(*node.left) && is_local(*node.right);
    }

    bool of(const Aggregation& node) const {
        const bool keeps_host = has(node.grouping, host_label) != node.is_without;
        const auto* label =
            node.parameter == nullptr ? nullptr : std::get_if<StringLiteral>(&bare(*node.parameter).node);
        return keeps_host && (label == nullptr || label->value != host_label) &&
               (node.parameter == nullptr || is_local(*node.parameter)) && is_local(*node.operand);
    }

    bool of(const Call& node) const {
        const auto name = node.function->name;
        // vector() has no host, scalar() loses it, and absent() says something when there is nothing. The time of a
        // sample is that of its own batch, so there it never gets old.
        if (name == "absent" || name == "scalar" || name == "vector" || name == "timestamp") {
            return false;
        }
        if (node.arguments.empty()) {
            return node.function->result == ValueType::scalar;
        }
        const auto is_label_function = name == "label_replace" || name == "label_join";
        const auto* target = is_label_function ? std::get_if<StringLiteral>(&bare(*node.arguments[1]).node) : nullptr;
        return (target == nullptr || target->value != host_label) &&
               std::all_of(node.arguments.begin(), node.arguments.end(),
                           [this](const ExprPtr& argument) { return is_local(*argument); });
    }

    const Names& recorded_;
};

void add_selectors(const Expr& expr, std::vector<const Selector*>& into) {
    if (const auto* selector = std::get_if<Selector>(&expr.node)) {
        into.push_back(selector);
    }
    for (const auto* part : parts_of(expr)) {
        add_selectors(*part, into);
    }
}

}  // namespace

bool may_select(const Selector& selector, std::string_view name) {
    return std::all_of(selector.matchers.begin(), selector.matchers.end(),
                       [name](const Matcher& one) { return one.label() != metric_name_label || one.is_match(name); });
}

std::vector<const Selector*> selectors_of(const Expr& expr) {
    std::vector<const Selector*> selectors;
    add_selectors(expr, selectors);
    return selectors;
}

bool is_of_one_host(const Expr& expr, const std::set<std::string, std::less<>>& recorded) {
    return expr.type == ValueType::vector && !selectors_of(expr).empty() && Locality(recorded).is_local(expr);
}

}  // namespace vigie::controller::rules
