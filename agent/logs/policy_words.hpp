// A line of a policy file as words. Pure; knows quotes, comments and braces, but no directive.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent::logs {

struct Token {
    std::string text;
    bool is_quoted = false;
    bool is(std::string_view mark) const { return !is_quoted && text == mark; }
    bool is_path() const { return is_quoted || text.starts_with('/') || text.starts_with("~"); }
};
using Tokens = std::span<const Token>;

// Quotes keep spaces together, `#` starts a comment, `{` may stand right behind a word. Backslashes stay, because
// glob(7) reads them. malformed: a quote that is not closed.
Result<std::vector<Token>> split_words(std::string_view line);

// `size=10k` and `size = 10k` are `size 10k`. Takes at least one word.
std::vector<Token> without_equals(Tokens words);

}  // namespace vigie::agent::logs
