// Reads tokens one after the other, and says what stands there when something else was expected.
#pragma once
#include <optional>

#include "controller/query/ast.hpp"
#include "controller/query/lexer.hpp"

namespace vigie::controller::query {

class TokenReader {
  public:
    explicit TokenReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool is_end() const { return peek().kind == TokenKind::end; }
    // The token that was there; the last one, `end`, stays.
    const Token& take();
    size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }

    bool is_symbol(std::string_view text, size_t ahead = 0) const {
        return peek(ahead).kind == TokenKind::symbol && peek(ahead).text == text;
    }
    bool take_symbol(std::string_view text);
    // Keywords are words in any case.
    bool is_keyword(std::string_view lower, size_t ahead = 0) const;
    bool take_keyword(std::string_view lower);

    // Whether the word here can be no metric's name.
    bool is_reserved() const;
    std::optional<Operator> peek_operator() const;
    // An aggregation's name is one only before its arguments or its grouping.
    std::optional<Aggregator> peek_aggregator() const;

    // What stands here, for an error: "'}'", "a string", "the end of the expression".
    std::string found() const;
    tl::unexpected<ParseError> refuse(std::string message, ErrorCode code = ErrorCode::malformed) const;

  private:
    std::vector<Token> tokens_;
    size_t at_ = 0;
};

}  // namespace vigie::controller::query
