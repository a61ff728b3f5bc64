// Splits an expression into tokens, after the lexical rules of PromQL
// (https://prometheus.io/docs/prometheus/latest/querying/basics/).
#include "controller/rules/scanner.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace vigie::controller::rules {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_name(char c) {
    return is_name_start(c) || is_digit(c);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

void append_utf8(std::string& into, uint32_t point) {
    const auto put = [&into](uint32_t byte) { into += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | point >> 6);
        put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        put(0xE0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3F));
        put(0x80 | (point & 0x3F));
    } else {
        put(0xF0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3F));
        put(0x80 | (point >> 6 & 0x3F));
        put(0x80 | (point & 0x3F));
    }
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Parsed<std::vector<Token>> scan() {
        while (true) {
            skip_blank();
            start_ = at_;
            if (at_ == text_.size()) {
                tokens_.push_back(Token{TokenKind::end, "", 0, start_});
                return std::move(tokens_);
            }
            if (auto scanned = scan_one(); !scanned) {
                return tl::unexpected(scanned.error());
            }
        }
    }

  private:
    char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    tl::unexpected<ExpressionError> refuse(size_t offset, std::string message) const {
        return tl::unexpected(ExpressionError{ErrorCode::malformed, offset, std::move(message)});
    }

    void push(TokenKind kind, std::string text, double number = 0) {
        tokens_.push_back(Token{kind, std::move(text), number, start_});
    }

    void skip_blank() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                ++at_;
            } else {
                return;
            }
        }
    }

    Parsed<void> scan_one() {
        const char c = peek();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            return scan_number();
        }
        if (is_name_start(c)) {
            scan_name();
            return {};
        }
        if (c == '"' || c == '\'' || c == '`') {
            return scan_string(c);
        }
        return scan_symbol();
    }

    void scan_name() {
        while (is_name(peek())) {
            ++at_;
        }
        const auto word = text_.substr(start_, at_ - start_);
        const auto folded = lower(word);
        if (folded == "inf") {
            push(TokenKind::number, std::string(word), std::numeric_limits<double>::infinity());
        } else if (folded == "nan") {
            push(TokenKind::number, std::string(word), std::numeric_limits<double>::quiet_NaN());
        } else {
            push(TokenKind::identifier, std::string(word));
        }
    }

    Parsed<void> scan_number() {
        const bool is_hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
        const auto* begin = text_.data() + at_ + (is_hex ? 2 : 0);
        const auto* end = text_.data() + text_.size();
        double value = 0;
        const char* stop = nullptr;
        auto error = std::errc{};
        if (is_hex) {
            uint64_t whole = 0;
            const auto parsed = std::from_chars(begin, end, whole, 16);
            stop = parsed.ptr;
            error = parsed.ec;
            value = static_cast<double>(whole);
        } else {
            const auto parsed = std::from_chars(begin, end, value);
            stop = parsed.ptr;
            error = parsed.ec;
        }
        at_ = static_cast<size_t>(stop - text_.data());
        const auto text = text_.substr(start_, at_ - start_);
        if (error != std::errc{}) {
            return refuse(start_, fmt::format("number '{}' is not one that a double can hold", text));
        }
        if (is_name(peek())) {
            while (is_name(peek())) {
                ++at_;
            }
            push(TokenKind::duration, std::string(text_.substr(start_, at_ - start_)));  // "5m", or a misspelt number
            return {};
        }
        push(TokenKind::number, std::string(text), value);
        return {};
    }

    Parsed<void> scan_string(char quote) {
        ++at_;
        std::string content;
        while (true) {
            if (at_ >= text_.size() || (quote != '`' && peek() == '\n')) {
                return refuse(start_, "string without its closing quote");
            }
            const char c = text_[at_++];
            if (c == quote) {
                push(TokenKind::string, std::move(content));
                return {};
            }
            if (c != '\\' || quote == '`') {
                content += c;
            } else if (auto unescaped = scan_escape(content); !unescaped) {
                return unescaped;
            }
        }
    }

    // After the backslash. The escapes are Go's.
    Parsed<void> scan_escape(std::string& content) {
        static constexpr std::string_view letters = "abfnrtv\\'\"";
        static constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";
        const auto place = at_ - 1;
        const char c = peek();
        if (const auto letter = letters.find(c); c != '\0' && letter != std::string_view::npos) {
            content += meanings[letter];
            ++at_;
            return {};
        }
        const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : is_digit(c) ? 3 : 0;
        const size_t skip = is_digit(c) ? 0 : 1;
        uint32_t value = 0;
        if (digits == 0 || at_ + skip + digits > text_.size()) {
            return refuse(place, "unknown escape in a string");
        }
        const auto* begin = text_.data() + at_ + skip;
        const auto parsed = std::from_chars(begin, begin + digits, value, is_digit(c) ? 8 : 16);
        const bool is_byte = c == 'x' || is_digit(c);
        if (parsed.ptr != begin + digits || value > (is_byte ? 0xFFU : 0x10FFFFU) ||
            (value >= 0xD800 && value <= 0xDFFF)) {
            return refuse(place, "bad escape in a string");
        }
        at_ += skip + digits;
        if (is_byte) {
            content += static_cast<char>(value);
        } else {
            append_utf8(content, value);
        }
        return {};
    }

    Parsed<void> scan_symbol() {
        static constexpr std::array<std::string_view, 6> doubles{">=", "<=", "==", "!=", "=~", "!~"};
        for (const auto symbol : doubles) {
            if (text_.substr(at_, 2) == symbol) {
                at_ += 2;
                push(TokenKind::symbol, std::string(symbol));
                return {};
            }
        }
        static constexpr std::string_view singles = "(){}[],<>=+-*/%^@";
        const char c = peek();
        if (c == '\0' || singles.find(c) == std::string_view::npos) {
            const bool is_printable = c > ' ' && c <= '~';
            return refuse(at_, is_printable ? fmt::format("unexpected '{}'", c)
                                            : fmt::format("unexpected byte 0x{:02x}", static_cast<uint8_t>(c)));
        }
        ++at_;
        push(TokenKind::symbol, std::string(1, c));
        return {};
    }

    std::string_view text_;
    size_t at_ = 0;
    size_t start_ = 0;
    std::vector<Token> tokens_;
};

}  // namespace

Parsed<std::vector<Token>> scan_expression(std::string_view text) {
    if (text.size() > expression_bytes_max) {
        return tl::unexpected(ExpressionError{ErrorCode::too_large, 0, "the expression is too long"});
    }
    return Scanner(text).scan();
}

}  // namespace vigie::controller::rules
