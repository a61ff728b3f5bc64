// An expression as a tree. Immutable once parsed: evaluation keeps what it learns elsewhere, so threads may share one.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "controller/query/functions.hpp"
#include "controller/query/matcher.hpp"

namespace vigie::controller::query {

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

enum class Operator {
    add,
    subtract,
    multiply,
    divide,
    modulo,
    power,
    atan2,  // arithmetic
    equal,
    not_equal,
    greater,
    less,
    greater_equal,
    less_equal,  // comparisons
    logical_and,
    logical_or,
    logical_unless  // sets
};
std::string_view name_of(Operator op);
bool is_comparison(Operator op);
bool is_set_operator(Operator op);

enum class Aggregator { sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, count_values, quantile };
std::string_view name_of(Aggregator aggregator);
bool has_parameter(Aggregator aggregator);

// `offset` and `@`: when a selector or subquery is read, seen from the time of evaluation.
struct TimeShift {
    enum class Anchor { none, time, start, end };
    int64_t offset_ms = 0;  // positive: the past
    Anchor anchor = Anchor::none;
    int64_t unix_ms = 0;  // of Anchor::time
};

struct NumberLiteral {
    double value = 0;
};
struct StringLiteral {
    std::string value{};
};
struct Selector {
    std::string name{};               // outside of the braces; it is a matcher too
    std::vector<Matcher> matchers{};  // as written, the name's last
    int64_t range_ms = 0;             // 0: an instant selector
    TimeShift shift{};
};
struct Subquery {
    ExprPtr inner{};
    int64_t range_ms = 0;
    int64_t step_ms = 0;  // 0: the engine's default
    TimeShift shift{};
};
struct Unary {
    bool is_negative = false;
    ExprPtr operand{};
};
struct Parentheses {
    ExprPtr inner{};
};
enum class Cardinality { one_to_one, many_to_one, one_to_many };
struct Matching {
    bool is_on = false;  // on(labels), otherwise ignoring(labels)
    std::vector<std::string> labels{};
    Cardinality cardinality = Cardinality::one_to_one;
    std::vector<std::string> include{};  // labels that group_left or group_right takes from the one side
};
struct Binary {
    Operator op = Operator::add;
    ExprPtr left{};
    ExprPtr right{};
    bool returns_bool = false;
    Matching matching{};
};
struct Aggregation {
    Aggregator aggregator = Aggregator::sum;
    ExprPtr parameter{};  // null where it has none
    ExprPtr operand{};
    bool is_without = false;
    std::vector<std::string> grouping{};
};
struct Call {
    const Function* function = nullptr;
    std::vector<ExprPtr> arguments{};
};

struct Expr {
    std::variant<NumberLiteral, StringLiteral, Selector, Subquery, Unary, Parentheses, Binary, Aggregation, Call>
        node{};
    size_t offset = 0;  // where it begins in the text
    size_t end = 0;
    size_t operator_offset = 0;  // of a binary expression
    ValueType type = ValueType::scalar;
    int depth = 1;  // of the tree below, itself included
};

// Without the parentheses around it.
const Expr& bare(const Expr& expr);

// The direct parts of an expression, left to right.
std::vector<const Expr*> parts_of(const Expr& expr);

// As Prometheus writes it; reads back as the same expression.
std::string print(const Expr& expr);

}  // namespace vigie::controller::query
