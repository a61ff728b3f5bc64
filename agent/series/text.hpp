// Reading the kernel's text files: lines, fields and numbers as views, without copies.
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vigie::agent {

// Cuts the text up to the separator off `rest` and gives it; everything when there is no separator.
inline std::string_view cut(std::string_view& rest, char separator) {
    const auto at = rest.find(separator);
    const auto head = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return head;
}

inline std::string_view next_line(std::string_view& rest) {
    return cut(rest, '\n');
}

inline bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// The next run of characters without blanks or tabs; "" at the end. Thousands of fields are cut for each collection:
// find_first_of would call memchr for every character of them.
inline std::string_view next_field(std::string_view& rest) {
    size_t start = 0;
    while (start < rest.size() && is_blank(rest[start])) {
        ++start;
    }
    size_t end = start;
    while (end < rest.size() && !is_blank(rest[end])) {
        ++end;
    }
    const auto field = rest.substr(start, end - start);
    rest.remove_prefix(end);
    return field;
}

// Without blanks, tabs and ends of lines around it.
inline std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return is_blank(c) || c == '\r' || c == '\n'; };
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// The whole text as a number; nothing when it is anything else.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return number;
}
inline std::optional<uint64_t> hex_in(std::string_view text) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number)
                                                                                     : std::nullopt;
}

// A number as text for a label, without a string.
class Decimal {
  public:
    explicit Decimal(uint64_t number)
        : size_(static_cast<size_t>(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr -
                                    digits_.data())) {}
    std::string_view text() const { return {digits_.data(), size_}; }

  private:
    std::array<char, 24> digits_{};
    size_t size_;
};

// How many bytes the character at the start has; 0 when what stands there is not UTF-8 (RFC 3629), or nothing.
size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);
// Each run of bytes that are not UTF-8 becomes one U+FFFD, as Go's strings.ToValidUTF8 has it.
std::string to_utf8(std::string_view text);

// True when all digits, and not empty.
bool is_digits(std::string_view text);
// Shell-like pattern with * only: "veth*".
bool matches(std::string_view pattern, std::string_view text);
bool matches_any(std::span<const std::string> patterns, std::string_view text);

}  // namespace vigie::agent
