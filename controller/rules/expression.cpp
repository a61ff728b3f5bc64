// A recursive descent over the tokens. What PromQL has and this has not is recognised only to be named in the refusal.
#include "controller/rules/expression.hpp"

#include <optional>
#include <set>

namespace vigie::controller::rules {
namespace {

// People write two or three; the parser recurses on them.
constexpr int parentheses_depth_max = 64;

const std::set<std::string, std::less<>> aggregations{
    "sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile"};
const std::set<std::string, std::less<>> set_operators{"and", "or", "unless", "atan2"};

class Parser {
  public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    Parsed<Expression> parse() {
        if (auto parsed = comparison(0); !parsed) {
            return tl::unexpected(parsed.error());
        }
        if (peek().kind != TokenKind::end) {
            return refuse_rest();
        }
        return std::move(expression_);
    }

  private:
    const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool is_symbol(std::string_view text, size_t ahead = 0) const {
        return peek(ahead).kind == TokenKind::symbol && peek(ahead).text == text;
    }
    bool take(std::string_view symbol) {
        const bool is_there = is_symbol(symbol);
        at_ += is_there ? 1 : 0;
        return is_there;
    }

    tl::unexpected<ExpressionError> refuse(std::string message, ErrorCode code = ErrorCode::malformed) const {
        return tl::unexpected(ExpressionError{code, peek().offset, std::move(message)});
    }
    tl::unexpected<ExpressionError> unsupported(std::string_view construct) const {
        return refuse(fmt::format("{} is not supported yet", construct), ErrorCode::unsupported);
    }
    std::string found() const {
        const auto& token = peek();
        return token.kind == TokenKind::end      ? "the end"
               : token.kind == TokenKind::string ? "a string"
                                                 : fmt::format("'{}'", token.text);
    }

    // comparison := '(' comparison ')' | operand OP number
    Parsed<void> comparison(int depth) {
        if (depth > parentheses_depth_max) {
            return refuse("too many parentheses", ErrorCode::too_large);
        }
        if (is_symbol("(") && is_around_comparison()) {
            ++at_;
            if (auto inner = comparison(depth + 1); !inner) {
                return inner;
            }
            if (peek().kind != TokenKind::end && !is_symbol(")")) {
                return refuse_rest();
            }
            return take(")") ? Parsed<void>{} : refuse("')' is missing at the end");
        }
        if (auto read = selector(depth); !read) {
            return read;
        }
        if (auto read = operation(); !read) {
            return read;
        }
        return number(depth, false);
    }

    // Whether the parenthesis that stands here holds a whole comparison: "(a > 1)" does, "(a) > 1" does not.
    bool is_around_comparison() const {
        int open = 0;
        for (size_t i = 0; peek(i).kind != TokenKind::end; ++i) {
            open += is_symbol("(", i) ? 1 : is_symbol(")", i) ? -1 : 0;
            if (open == 0) {
                return !is_comparison(i + 1);
            }
        }
        return true;  // unclosed: the error comes where the text ends
    }

    bool is_comparison(size_t ahead) const {
        return is_symbol(">", ahead) || is_symbol(">=", ahead) || is_symbol("<", ahead) || is_symbol("<=", ahead) ||
               is_symbol("==", ahead) || is_symbol("!=", ahead);
    }

    Parsed<void> selector(int depth) {
        if (depth > parentheses_depth_max) {
            return refuse("too many parentheses", ErrorCode::too_large);
        }
        if (take("(")) {
            if (auto inner = selector(depth + 1); !inner) {
                return inner;
            }
            return take(")") ? Parsed<void>{} : refuse_rest();
        }
        const auto& token = peek();
        if (token.kind == TokenKind::number || is_symbol("-") || is_symbol("+")) {
            return unsupported("a number on the left side (write 'selector comparison number')");
        }
        if (token.kind == TokenKind::string) {
            return refuse("a string is no selector");
        }
        if (token.kind == TokenKind::identifier) {
            if (auto refused = refuse_call(); !refused) {
                return refused;
            }
            expression_.metric = token.text;
            ++at_;
        } else if (!is_symbol("{")) {
            return refuse(fmt::format("expected a metric name or '{{', found {}", found()));
        }
        if (is_symbol("{")) {
            if (auto read = matchers(); !read) {
                return read;
            }
        }
        return refuse_modifier();
    }

    // A name that is no metric: a function, an aggregation, an operator.
    Parsed<void> refuse_call() {
        const auto& name = peek().text;
        const bool is_grouped =
            peek(1).kind == TokenKind::identifier && (peek(1).text == "by" || peek(1).text == "without");
        if (aggregations.contains(name) && (is_symbol("(", 1) || is_grouped)) {
            return unsupported(fmt::format("aggregation {}()", name));
        }
        if (is_symbol("(", 1)) {
            return unsupported(fmt::format("function {}()", name));
        }
        if (set_operators.contains(name)) {
            return refuse(fmt::format("expected a metric name, found the operator '{}'", name));
        }
        return {};
    }

    Parsed<void> refuse_modifier() {
        if (is_symbol("[")) {
            return unsupported("a range selector such as [5m]");
        }
        if (is_symbol("@")) {
            return unsupported("the modifier @");
        }
        if (peek().kind == TokenKind::identifier && peek().text == "offset") {
            return unsupported("the modifier offset");
        }
        return {};
    }

    Parsed<void> matchers() {
        const auto brace = peek().offset;
        take("{");
        while (!take("}")) {
            if (auto read = matcher(); !read) {
                return read;
            }
            if (!take(",") && !is_symbol("}")) {
                return refuse(fmt::format("expected ',' or '}}' after a label matcher, found {}", found()));
            }
        }
        const bool is_narrow = std::any_of(expression_.matchers.begin(), expression_.matchers.end(),
                                           [](const Matcher& one) { return !one.is_match(std::string_view()); });
        if (expression_.metric.empty() && !is_narrow) {
            return tl::unexpected(ExpressionError{
                ErrorCode::malformed, brace, "a selector needs a metric name or a matcher that does not match \"\""});
        }
        return {};
    }

    Parsed<void> matcher() {
        const auto label = peek();
        if (label.kind != TokenKind::identifier || label.text.find(':') != std::string::npos) {
            return refuse(fmt::format("expected a label name, found {}", found()));
        }
        ++at_;
        const auto kind = is_symbol("=")    ? std::optional(Matcher::Kind::equal)
                          : is_symbol("!=") ? std::optional(Matcher::Kind::not_equal)
                          : is_symbol("=~") ? std::optional(Matcher::Kind::regex)
                          : is_symbol("!~") ? std::optional(Matcher::Kind::not_regex)
                                            : std::nullopt;
        if (!kind) {
            return refuse(fmt::format("expected =, !=, =~ or !~ after label '{}', found {}", label.text, found()));
        }
        ++at_;
        if (peek().kind != TokenKind::string) {
            return refuse(fmt::format("expected a string after label '{}', found {}", label.text, found()));
        }
        if (label.text == metric_name_label && !expression_.metric.empty()) {
            return refuse("the metric name stands twice");
        }
        auto made = Matcher::make(label.text, *kind, peek().text);
        if (!made) {
            return refuse(made.error().message, made.error().code);
        }
        expression_.matchers.push_back(std::move(*made));
        ++at_;
        return {};
    }

    Parsed<void> operation() {
        static const std::map<std::string, Comparison, std::less<>> comparisons{
            {">", Comparison::greater},     {">=", Comparison::greater_equal}, {"<", Comparison::less},
            {"<=", Comparison::less_equal}, {"==", Comparison::equal},         {"!=", Comparison::not_equal}};
        if (!is_comparison(0)) {
            if (peek().kind == TokenKind::end || is_symbol(")")) {
                return refuse("a comparison with a number, such as '> 80', is missing");
            }
            return refuse_rest();
        }
        expression_.comparison = comparisons.find(peek().text)->second;
        ++at_;
        if (peek().kind == TokenKind::identifier && peek().text == "bool") {
            return unsupported("the modifier bool");
        }
        return {};
    }

    // number := '(' number ')' | [+-]* NUMBER. Without parentheses a sign binds weaker than '^', which is refused
    // anyway.
    Parsed<void> number(int depth, bool is_negative) {
        if (depth > parentheses_depth_max) {
            return refuse("too many parentheses", ErrorCode::too_large);
        }
        while (is_symbol("-") || is_symbol("+")) {
            is_negative ^= is_symbol("-");
            ++at_;
        }
        if (take("(")) {
            if (auto inner = number(depth + 1, is_negative); !inner) {
                return inner;
            }
            return take(")") ? Parsed<void>{} : refuse_rest();
        }
        if (peek().kind == TokenKind::identifier || is_symbol("{")) {
            if (peek().kind == TokenKind::identifier) {
                if (auto refused = refuse_call(); !refused) {
                    return refused;
                }
            }
            return unsupported("a comparison with another selector");
        }
        if (peek().kind != TokenKind::number) {
            return refuse(fmt::format("expected a number, found {}", found()));
        }
        expression_.threshold = is_negative ? -peek().number : peek().number;
        ++at_;
        return {};
    }

    tl::unexpected<ExpressionError> refuse_rest() const {
        const auto& token = peek();
        if (token.kind == TokenKind::identifier && set_operators.contains(token.text)) {
            return unsupported(fmt::format("operator '{}'", token.text));
        }
        static const std::set<std::string, std::less<>> arithmetic{"+", "-", "*", "/", "%", "^"};
        if (token.kind == TokenKind::symbol && arithmetic.contains(token.text)) {
            return unsupported(fmt::format("operator '{}'", token.text));
        }
        if (is_comparison(0)) {
            return unsupported("more than one comparison");
        }
        if (is_symbol("[")) {
            return unsupported("a subquery or range selector");
        }
        return refuse(fmt::format("unexpected {}", found()));
    }

    std::vector<Token> tokens_;
    size_t at_ = 0;
    Expression expression_;
};

}  // namespace

bool Expression::is_selecting(const Labels& labels) const {
    if (!metric.empty()) {
        const auto name = labels.find(metric_name_label);
        if (name == labels.end() || name->second != metric) {
            return false;
        }
    }
    return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& one) { return one.is_match(labels); });
}

bool Expression::is_true(double value) const {
    switch (comparison) {
        case Comparison::greater:
            return value > threshold;
        case Comparison::greater_equal:
            return value >= threshold;
        case Comparison::less:
            return value < threshold;
        case Comparison::less_equal:
            return value <= threshold;
        case Comparison::equal:
            return value == threshold;
        case Comparison::not_equal:
            return value != threshold;
    }
    return false;
}

Parsed<Expression> parse_expression(std::string_view text) {
    auto tokens = scan_expression(text);
    if (!tokens) {
        return tl::unexpected(tokens.error());
    }
    return Parser(std::move(*tokens)).parse();
}

}  // namespace vigie::controller::rules
