// A token is the longest that fits. Braces and brackets change what is a word: inside braces it has no colon, inside
// brackets a colon stands for itself.
#include "controller/query/lexer.hpp"

#include "controller/query/literals.hpp"

namespace vigie::controller::query {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Parsed<std::vector<Token>> scan() {
        while (true) {
            skip_blanks();
            if (at_ == text_.size()) {
                break;
            }
            if (auto taken = take(); !taken) {
                return tl::unexpected(taken.error());
            }
        }
        tokens_.push_back({.kind = TokenKind::end, .offset = at_, .end = at_});
        return std::move(tokens_);
    }

  private:
    char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    static tl::unexpected<ParseError> refuse(size_t offset, std::string message) {
        return tl::unexpected(ParseError{ErrorCode::malformed, offset, std::move(message)});
    }

    void skip_blanks() {
        while (at_ < text_.size()) {
            if (text_[at_] == '#') {
                at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
            } else if (is_space(text_[at_])) {
                ++at_;
            } else {
                return;
            }
        }
    }

    Parsed<void> take() {
        const char c = peek();
        if (is_letter(c) || (c == ':' && !in_braces_ && !in_brackets_)) {
            return take_word();
        }
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            return take_number_or_duration();
        }
        if (c == '"' || c == '\'' || c == '`') {
            return take_string();
        }
        return take_symbol();
    }

    Token& add(TokenKind kind, size_t start) {
        return tokens_.emplace_back(
            Token{.kind = kind, .text = std::string(text_.substr(start, at_ - start)), .offset = start, .end = at_});
    }

    Parsed<void> take_word() {
        const auto start = at_;
        while (is_letter(peek()) || is_digit(peek()) || (peek() == ':' && !in_braces_ && !in_brackets_)) {
            ++at_;
        }
        auto& token = add(TokenKind::word, start);
        if (const auto special = special_number(token.text); special && !in_braces_) {
            token.kind = TokenKind::number;
            token.number = *special;
        }
        return {};
    }

    // A number or a duration goes on over letters, so that "5mx" is one wrong token and not two right ones.
    Parsed<void> take_number_or_duration() {
        const auto start = at_;
        const bool is_hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
        while (is_digit(peek()) || is_letter(peek()) || peek() == '.' ||
               ((peek() == '+' || peek() == '-') && !is_hex && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))) {
            ++at_;
        }
        auto& token = add(TokenKind::number, start);
        if (const auto number = number_of(token.text)) {
            token.number = *number;
            return {};
        }
        const auto duration = duration_of(token.text);
        if (duration) {
            token.kind = TokenKind::duration;
            token.duration_ms = *duration;
            return {};
        }
        const bool may_be_duration = token.text.find_first_not_of("0123456789smhdwy") == std::string::npos;
        return refuse(start, may_be_duration ? duration.error().message
                                             : fmt::format("'{}' is neither a number nor a duration", token.text));
    }

    Parsed<void> take_string() {
        const auto start = at_;
        auto read = unquote(text_.substr(at_));
        if (!read) {
            return refuse(start + read.error().offset, read.error().message);
        }
        at_ += read->bytes;
        add(TokenKind::string, start).text = std::move(read->text);
        return {};
    }

    Parsed<void> take_symbol() {
        static constexpr std::string_view two[] = {"==", "!=", "=~", "!~", "<=", ">="};
        static constexpr std::string_view one = "(){}[],=<>+-*/%^@:";
        const auto start = at_;
        const bool is_two = std::find(std::begin(two), std::end(two), text_.substr(at_, 2)) != std::end(two);
        if (!is_two && one.find(peek()) == std::string_view::npos) {
            return refuse(start, fmt::format("unexpected character {}", shown_character(text_.substr(at_))));
        }
        at_ += is_two ? 2 : 1;
        const auto& symbol = add(TokenKind::symbol, start).text;
        in_braces_ = symbol == "{" || (in_braces_ && symbol != "}");
        in_brackets_ = symbol == "[" || (in_brackets_ && symbol != "]");
        return {};
    }

    std::string_view text_;
    size_t at_ = 0;
    bool in_braces_ = false;
    bool in_brackets_ = false;
    std::vector<Token> tokens_;
};

}  // namespace

std::string place_of(std::string_view text, size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    return fmt::format("{}:{}", line,
                       line_start == std::string_view::npos ? before.size() + 1 : before.size() - line_start);
}

Error to_error(const ParseError& error, std::string_view text) {
    return {error.code, fmt::format("{}: parse error: {}", place_of(text, error.offset), error.message)};
}

Parsed<std::vector<Token>> scan(std::string_view text) {
    if (text.size() > expression_bytes_max) {
        return tl::unexpected(
            ParseError{ErrorCode::too_large, 0,
                       fmt::format("the expression has {} bytes, more than {}", text.size(), expression_bytes_max)});
    }
    return Scanner(text).scan();
}

}  // namespace vigie::controller::query
