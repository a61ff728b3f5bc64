// The text of an expression as tokens with their places. Knows PromQL's spelling, not its grammar.
#pragma once
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::controller::query {

// A refusal with the place it is about.
struct ParseError {
    ErrorCode code = ErrorCode::malformed;
    size_t offset = 0;  // in bytes from the expression's start
    std::string message;
};
template <typename T>
using Parsed = tl::expected<T, ParseError>;

// "line:column" of a byte of the text, both from 1, the column in bytes as Prometheus counts them.
std::string place_of(std::string_view text, size_t offset);
// As it is shown: "1:7: parse error: ...".
Error to_error(const ParseError& error, std::string_view text);

// word: an identifier or a keyword, which only the grammar can tell apart; it may hold colons outside of braces.
enum class TokenKind { word, number, duration, string, symbol, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text{};       // of a string its content, escapes resolved; otherwise as written
    double number = 0;        // of a number
    int64_t duration_ms = 0;  // of a duration
    size_t offset = 0;        // of its first byte
    size_t end = 0;           // after its last byte
};

// Expressions that people write have some hundred bytes, generated ones some thousand.
constexpr size_t expression_bytes_max = 64 * 1024;

// Comments (# to the end of the line) and white space are left out. The last token is always `end`.
Parsed<std::vector<Token>> scan(std::string_view text);

}  // namespace vigie::controller::query
