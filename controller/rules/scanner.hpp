// The text of an expression as tokens with their places. Knows PromQL's spelling, not its grammar.
#pragma once
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::controller::rules {

enum class TokenKind { identifier, number, duration, string, symbol, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;   // of a string: its content, escapes resolved; of a symbol such as ">=": itself
    double number = 0;  // of a number
    size_t offset = 0;  // in the expression, in bytes
};

// A refusal with the place it is about.
struct ExpressionError {
    ErrorCode code = ErrorCode::malformed;
    size_t offset = 0;  // in bytes from the expression's start
    std::string message;
};
template <typename T>
using Parsed = tl::expected<T, ExpressionError>;

// Hand-written expressions have some hundred bytes; this bounds what a parse may cost.
constexpr size_t expression_bytes_max = 64 * 1024;

// Comments (# to the end of the line) and white space are left out. The last token is always `end`.
Parsed<std::vector<Token>> scan_expression(std::string_view text);

}  // namespace vigie::controller::rules
