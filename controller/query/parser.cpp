// Precedence climbing over the tokens. Words are keywords only where the grammar asks for one, so that a metric may be
// called `sum` or `offset`.
#include "controller/query/parser.hpp"

#include "controller/query/parser_parts.hpp"

namespace vigie::controller::query {
namespace {

struct Precedence {
    int level = 0;
    bool is_right = false;  // a ^ b ^ c is a ^ (b ^ c)
};
constexpr int level_of_power = 6;
constexpr Precedence precedence_of(Operator op) {
    switch (op) {
        case Operator::logical_or:
            return {1};
        case Operator::logical_and:
        case Operator::logical_unless:
            return {2};
        case Operator::add:
        case Operator::subtract:
            return {4};
        case Operator::multiply:
        case Operator::divide:
        case Operator::modulo:
        case Operator::atan2:
            return {5};
        case Operator::power:
            return {level_of_power, true};
        default:
            return {3};
    }
}

class Parser {
  public:
    explicit Parser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

    Parsed<ExprPtr> parse() {
        if (in_.is_end()) {
            return in_.refuse("there is no expression");
        }
        auto expr = binary(0);
        if (expr && !in_.is_end()) {
            return in_.refuse(fmt::format("unexpected {}", in_.found()));
        }
        return expr;
    }

    Parsed<std::vector<Matcher>> parse_selector() {
        auto expr = selector();
        if (!expr) {
            return tl::unexpected(expr.error());
        }
        if (!in_.is_end()) {
            return in_.refuse(
                fmt::format("expected a selector such as up{{job=\"node\"}}, found {} after it", in_.found()));
        }
        if (auto checked = check_types(**expr); !checked) {
            return tl::unexpected(checked.error());
        }
        return std::move(std::get<Selector>((*expr)->node).matchers);
    }

  private:
    template <typename Node>
    Parsed<ExprPtr> make(size_t offset, Node node, size_t operator_offset = 0) {
        return make_expr(in_, offset, std::move(node), operator_offset);
    }

    // expr := operand (OP modifiers expr)*, of operators that bind at least as strongly as `level`.
    Parsed<ExprPtr> binary(int level) {
        auto left = unary();
        while (left) {
            const auto op = in_.peek_operator();
            if (!op || precedence_of(*op).level < level) {
                break;
            }
            const auto precedence = precedence_of(*op);
            Binary node{.op = *op};
            const auto operator_offset = in_.take().offset;
            if (auto read = modifiers(node); !read) {
                return tl::unexpected(read.error());
            }
            auto right = binary(precedence.is_right ? precedence.level : precedence.level + 1);
            if (!right) {
                return right;
            }
            const auto offset = (*left)->offset;
            node.left = std::move(*left);
            node.right = std::move(*right);
            left = make(offset, std::move(node), operator_offset);
        }
        return left;
    }

    // A sign binds weaker than ^ and stronger than *. Of a number it becomes a part.
    Parsed<ExprPtr> unary() {
        const Deeper deeper(nesting_);
        if (nesting_ > depth_max) {
            return too_deep(in_.peek().offset);
        }
        if (!in_.is_symbol("-") && !in_.is_symbol("+")) {
            return suffixed();
        }
        const auto sign = in_.take();
        auto operand = binary(level_of_power);
        if (!operand) {
            return operand;
        }
        const bool is_negative = sign.text == "-";
        if (auto* number = std::get_if<NumberLiteral>(&(*operand)->node)) {
            number->value = is_negative ? -number->value : number->value;
            (*operand)->offset = sign.offset;
            return operand;
        }
        return make(sign.offset, Unary{is_negative, std::move(*operand)});
    }

    // bool? ((on | ignoring) labels ((group_left | group_right) labels?)?)?
    Parsed<void> modifiers(Binary& node) {
        node.returns_bool = in_.take_keyword("bool");
        const bool is_on = in_.is_keyword("on");
        if (!is_on && !in_.is_keyword("ignoring")) {
            return {};
        }
        in_.take();
        node.matching.is_on = is_on;
        if (auto read = read_label_list(in_, node.matching.labels); !read) {
            return read;
        }
        const bool is_left = in_.is_keyword("group_left");
        if (is_left || in_.is_keyword("group_right")) {
            in_.take();
            node.matching.cardinality = is_left ? Cardinality::many_to_one : Cardinality::one_to_many;
            return in_.is_symbol("(") ? read_label_list(in_, node.matching.include) : Parsed<void>{};
        }
        return {};
    }

    Parsed<ExprPtr> suffixed() {
        auto expr = primary();
        return expr ? read_suffixes(in_, std::move(*expr)) : std::move(expr);
    }

    Parsed<ExprPtr> selector() {
        const auto offset = in_.peek().offset;
        auto node = read_selector(in_);
        return node ? make(offset, std::move(*node)) : tl::unexpected(node.error());
    }

    Parsed<ExprPtr> primary() {
        const auto offset = in_.peek().offset;
        switch (in_.peek().kind) {
            case TokenKind::number: {
                const auto value = in_.take().number;
                return make(offset, NumberLiteral{value});
            }
            case TokenKind::string: {
                auto text = in_.take().text;
                return make(offset, StringLiteral{std::move(text)});
            }
            case TokenKind::word:
                if (const auto aggregator = in_.peek_aggregator()) {
                    return aggregation(*aggregator);
                }
                return in_.is_symbol("(", 1) && !in_.is_reserved() ? call() : selector();
            default:
                break;
        }
        if (in_.take_symbol("(")) {
            auto inner = binary(0);
            if (!inner) {
                return inner;
            }
            if (!in_.take_symbol(")")) {
                return in_.refuse(fmt::format("expected ')' for the '(' before it, found {}", in_.found()));
            }
            return make(offset, Parentheses{std::move(*inner)});
        }
        if (in_.is_symbol("{")) {
            return selector();
        }
        return in_.refuse(fmt::format("expected an expression, found {}", in_.found()));
    }

    Parsed<void> arguments(std::vector<ExprPtr>& out, std::string_view of) {
        if (!in_.take_symbol("(")) {
            return in_.refuse(fmt::format("expected '(' after '{}', found {}", of, in_.found()));
        }
        while (!in_.take_symbol(")")) {
            auto argument = binary(0);
            if (!argument) {
                return tl::unexpected(argument.error());
            }
            out.push_back(std::move(*argument));
            const bool has_comma = in_.take_symbol(",");
            if (has_comma ? in_.is_symbol(")") : !in_.is_symbol(")")) {
                return in_.refuse(
                    has_comma ? fmt::format("an argument of '{}' is missing after the comma", of)
                              : fmt::format("expected ',' or ')' in the arguments of '{}', found {}", of, in_.found()));
            }
        }
        return {};
    }

    Parsed<ExprPtr> call() {
        const auto name = in_.take();
        Call node{.function = find_function(name.text), .arguments = {}};
        if (is_native_histogram_function(name.text)) {
            return tl::unexpected(ParseError{
                ErrorCode::unsupported, name.offset,
                fmt::format("function '{}' is for native histograms, which are not stored here", name.text)});
        }
        if (node.function == nullptr) {
            const auto near = nearest_function(name.text);
            return refuse_at(name.offset, fmt::format("unknown function '{}'{}", name.text,
                                                      near.empty() ? "" : fmt::format(": did you mean '{}'?", near)));
        }
        if (auto read = arguments(node.arguments, name.text); !read) {
            return tl::unexpected(read.error());
        }
        return make(name.offset, std::move(node));
    }

    Parsed<void> grouping(Aggregation& node, bool& is_grouped) {
        const bool is_by = in_.is_keyword("by");
        if (is_grouped || (!is_by && !in_.is_keyword("without"))) {
            return {};
        }
        in_.take();
        is_grouped = true;
        node.is_without = !is_by;
        return read_label_list(in_, node.grouping);
    }

    Parsed<ExprPtr> aggregation(Aggregator aggregator) {
        const auto name = in_.take();
        Aggregation node{.aggregator = aggregator, .parameter = {}, .operand = {}, .is_without = false, .grouping = {}};
        bool is_grouped = false;
        std::vector<ExprPtr> given;
        if (auto read = grouping(node, is_grouped); !read) {
            return tl::unexpected(read.error());
        }
        if (auto read = arguments(given, name.text); !read) {
            return tl::unexpected(read.error());
        }
        if (auto read = grouping(node, is_grouped); !read) {
            return tl::unexpected(read.error());
        }
        const size_t wanted = has_parameter(aggregator) ? 2 : 1;
        if (given.size() != wanted) {
            return refuse_at(name.offset, fmt::format("aggregation '{}' takes {} argument{}, not {}", name.text, wanted,
                                                      wanted == 1 ? "" : "s", given.size()));
        }
        node.operand = std::move(given.back());
        if (wanted == 2) {
            node.parameter = std::move(given.front());
        }
        return make(name.offset, std::move(node));
    }

    struct Deeper {
        explicit Deeper(int& nesting) : nesting_of(nesting) { ++nesting_of; }
        ~Deeper() { --nesting_of; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        int& nesting_of;
    };

    TokenReader in_;
    int nesting_ = 0;
};

Parsed<std::vector<Token>> scan_bounded(std::string_view text) {
    auto tokens = scan(text);
    int found = 0;
    for (size_t i = 0; tokens && i < tokens->size(); ++i) {
        const auto& token = (*tokens)[i];
        const bool is_regex = token.kind == TokenKind::symbol && (token.text == "=~" || token.text == "!~");
        if (is_regex && ++found > regular_expressions_max) {
            return tl::unexpected(
                ParseError{ErrorCode::too_large, token.offset,
                           fmt::format("more than {} regular expressions: write alternatives in one, as a|b",
                                       regular_expressions_max)});
        }
    }
    return tokens;
}

}  // namespace

Parsed<ExprPtr> parse_tree(std::string_view text) {
    auto tokens = scan_bounded(text);
    if (!tokens) {
        return tl::unexpected(tokens.error());
    }
    auto expr = Parser(std::move(*tokens)).parse();
    if (expr) {
        if (auto checked = check_types(**expr); !checked) {
            return tl::unexpected(checked.error());
        }
    }
    return expr;
}

Parsed<std::vector<Matcher>> parse_matchers(std::string_view text) {
    auto tokens = scan_bounded(text);
    if (!tokens) {
        return tl::unexpected(tokens.error());
    }
    return Parser(std::move(*tokens)).parse_selector();
}

}  // namespace vigie::controller::query
