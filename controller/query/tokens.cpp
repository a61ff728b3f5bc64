#include "controller/query/tokens.hpp"

namespace vigie::controller::query {
namespace {

constexpr Operator all_operators[] = {
    Operator::add,        Operator::subtract,    Operator::multiply,   Operator::divide,
    Operator::modulo,     Operator::power,       Operator::atan2,      Operator::equal,
    Operator::not_equal,  Operator::greater,     Operator::less,       Operator::greater_equal,
    Operator::less_equal, Operator::logical_and, Operator::logical_or, Operator::logical_unless};
constexpr Aggregator all_aggregators[] = {Aggregator::sum,     Aggregator::avg,          Aggregator::count,
                                          Aggregator::min,     Aggregator::max,          Aggregator::group,
                                          Aggregator::stddev,  Aggregator::stdvar,       Aggregator::topk,
                                          Aggregator::bottomk, Aggregator::count_values, Aggregator::quantile};
constexpr std::string_view reserved[] = {"bool", "on", "ignoring", "group_left", "group_right", "atan2"};

}  // namespace

const Token& TokenReader::take() {
    const auto& token = peek();
    at_ += is_end() ? 0 : 1;
    return token;
}

bool TokenReader::take_symbol(std::string_view text) {
    const bool is_there = is_symbol(text);
    at_ += is_there ? 1 : 0;
    return is_there;
}

bool TokenReader::is_keyword(std::string_view lower, size_t ahead) const {
    const auto& token = peek(ahead);
    const auto is_same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; };
    return token.kind == TokenKind::word && token.text.size() == lower.size() &&
           std::equal(token.text.begin(), token.text.end(), lower.begin(), is_same);
}

bool TokenReader::take_keyword(std::string_view lower) {
    const bool is_there = is_keyword(lower);
    at_ += is_there ? 1 : 0;
    return is_there;
}

bool TokenReader::is_reserved() const {
    return std::any_of(std::begin(reserved), std::end(reserved), [this](auto word) { return is_keyword(word); });
}

std::optional<Operator> TokenReader::peek_operator() const {
    for (const auto op : all_operators) {
        if (is_symbol(name_of(op)) || is_keyword(name_of(op))) {
            return op;
        }
    }
    return std::nullopt;
}

std::optional<Aggregator> TokenReader::peek_aggregator() const {
    if (!is_symbol("(", 1) && !is_keyword("by", 1) && !is_keyword("without", 1)) {
        return std::nullopt;
    }
    for (const auto aggregator : all_aggregators) {
        if (is_keyword(name_of(aggregator))) {
            return aggregator;
        }
    }
    return std::nullopt;
}

std::string TokenReader::found() const {
    const auto& token = peek();
    return token.kind == TokenKind::end      ? "the end of the expression"
           : token.kind == TokenKind::string ? "a string"
                                             : fmt::format("'{}'", token.text);
}

tl::unexpected<ParseError> TokenReader::refuse(std::string message, ErrorCode code) const {
    return tl::unexpected(ParseError{code, peek().offset, std::move(message)});
}

}  // namespace vigie::controller::query
