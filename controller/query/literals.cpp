#include "controller/query/literals.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "shared/core/time.hpp"

namespace vigie::controller::query {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Prometheus holds a duration in nanoseconds of 64 bits.
constexpr int64_t duration_ms_max = std::numeric_limits<int64_t>::max() / 1'000'000;

// Between these to_chars without an exponent writes the shortest digits too: all whole numbers below are doubles.
constexpr double plain_from = 1e-6;
constexpr double plain_below = 9'007'199'254'740'992.0;

bool is_same_word(std::string_view a, std::string_view lower) {
    return a.size() == lower.size() &&
           std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) { return (x | 0x20) == y; });
}

std::optional<uint64_t> integer_of(std::string_view digits, int base) {
    uint64_t number = 0;
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
    const bool is_read = error == std::errc{} && stop == end && number <= std::numeric_limits<int64_t>::max();
    return is_read ? std::optional(number) : std::nullopt;
}

std::optional<double> decimal_of(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos || text[0] == '+' ||
        text[0] == '-' || text.find_first_of("0123456789") == std::string_view::npos) {
        return std::nullopt;
    }
    double number = 0;
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (stop != end) {
        return std::nullopt;
    }
    if (error == std::errc::result_out_of_range) {
        // Too small is 0, too large an error; the exponent's sign tells which. A long row of zeros needs no exponent.
        const auto exponent = text.find_first_of("eE");
        const bool is_small = exponent != std::string_view::npos ? text.find('-', exponent) != std::string_view::npos
                                                                 : text[0] == '0' || text[0] == '.';
        return is_small ? std::optional(0.0) : std::nullopt;
    }
    return error == std::errc{} ? std::optional(number) : std::nullopt;
}

void put_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (code >> 18));
        out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
}

// Bytes of the character that the text begins with; 0: not UTF-8 (overlong forms and surrogates are not).
size_t utf8_bytes(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto is_more = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
    if (byte(0) < 0x80) {
        return text.empty() ? 0 : 1;
    }
    if (byte(0) >= 0xc2 && byte(0) < 0xe0) {
        return is_more(1) ? 2 : 0;
    }
    if (byte(0) >= 0xe0 && byte(0) < 0xf0) {
        const bool is_overlong = byte(0) == 0xe0 && byte(1) < 0xa0;
        const bool is_surrogate = byte(0) == 0xed && byte(1) >= 0xa0;
        return is_more(1) && is_more(2) && !is_overlong && !is_surrogate ? 3 : 0;
    }
    if (byte(0) >= 0xf0 && byte(0) < 0xf5) {
        const bool is_outside = (byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) >= 0x90);
        return is_more(1) && is_more(2) && is_more(3) && !is_outside ? 4 : 0;
    }
    return 0;
}

// The content of a string literal, character by character.
class Unquoter {
  public:
    explicit Unquoter(std::string_view text) : text_(text), quote_(text.front()) {}

    tl::expected<Unquoted, UnquoteError> read() {
        while (at_ < text_.size() && text_[at_] != quote_) {
            if (text_[at_] == '\n' && quote_ != '`') {
                break;
            }
            if (text_[at_] == '\\' && quote_ != '`') {
                if (auto taken = escape(); !taken) {
                    return tl::unexpected(taken.error());
                }
                continue;
            }
            const auto bytes = utf8_bytes(text_.substr(at_));
            if (bytes == 0) {
                return refuse("a string is not valid UTF-8 here: write the byte as \\xNN");
            }
            out_.text.append(text_, at_, bytes);
            at_ += bytes;
        }
        if (at_ >= text_.size() || text_[at_] != quote_) {
            return tl::unexpected(UnquoteError{0, fmt::format("a string is not closed with {}", quote_)});
        }
        out_.bytes = at_ + 1;
        return std::move(out_);
    }

  private:
    tl::unexpected<UnquoteError> refuse(std::string message) const {
        return tl::unexpected(UnquoteError{at_, std::move(message)});
    }

    tl::expected<void, UnquoteError> escape() {
        static constexpr std::string_view letters = "abfnrtv\\";
        static constexpr std::string_view meant = "\a\b\f\n\r\t\v\\";
        const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (const auto simple = letters.find(c); simple != std::string_view::npos) {
            out_.text += meant[simple];
            at_ += 2;
            return {};
        }
        if (c == quote_) {
            out_.text += c;
            at_ += 2;
            return {};
        }
        if (c >= '0' && c <= '7') {
            return code(1, 3, 8, 0xff);
        }
        return c == 'x'   ? code(2, 2, 16, 0xff)
               : c == 'u' ? code(2, 4, 16, 0x10ffff)
               : c == 'U' ? code(2, 8, 16, 0x10ffff)
                          : refuse("unknown escape sequence in a string: \\\\ stands for a backslash");
    }

    // `digits` digits that begin `skip` bytes after the backslash: a byte when at most 255 is allowed, else a
    // character.
    tl::expected<void, UnquoteError> code(size_t skip, size_t digits, int base, uint32_t code_max) {
        const auto part = text_.substr(std::min(at_ + skip, text_.size()), digits);
        uint32_t number = 0;
        const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number, base);
        if (part.size() != digits || error != std::errc{} || stop != part.data() + digits) {
            return refuse(fmt::format("an escape sequence needs {} digits here", digits));
        }
        if (number > code_max || (number >= 0xd800 && number < 0xe000)) {
            return refuse("an escape sequence is no valid character");
        }
        code_max == 0xff ? out_.text.push_back(static_cast<char>(number)) : put_utf8(out_.text, number);
        at_ += skip + digits;
        return {};
    }

    std::string_view text_;
    char quote_;
    size_t at_ = 1;
    Unquoted out_;
};

struct Unit {
    std::string_view name;
    int64_t ms;
    bool must_be_whole;  // years, weeks and days stand alone: 36h is not "1d12h"
};
constexpr Unit units[] = {
    {"y", 31'536'000'000, true}, {"w", 604'800'000, true}, {"d", 86'400'000, true}, {"h", 3'600'000, false},
    {"m", 60'000, false},        {"s", 1'000, false},      {"ms", 1, false}};

}  // namespace

std::optional<double> special_number(std::string_view word) {
    if (is_same_word(word, "inf")) {
        return infinity;
    }
    return is_same_word(word, "nan") ? std::optional(std::nan("")) : std::nullopt;
}

std::optional<double> number_of(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        const auto number = integer_of(text.substr(2), 16);
        return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    if (text.size() > 1 && text[0] == '0') {
        if (const auto octal = integer_of(text.substr(1), 8)) {
            return static_cast<double>(*octal);
        }
    }
    return decimal_of(text);
}

std::optional<double> label_number(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    auto number = is_same_word(text, "infinity") ? std::optional(infinity) : special_number(text);
    if (!number) {
        number = decimal_of(text);
    }
    return number && is_negative ? std::optional(-*number) : number;
}

Result<int64_t> duration_of(std::string_view text) {
    VIGIE_TRY(const auto duration, parse_duration(text));
    if (duration.count() == 0) {
        return fail(ErrorCode::malformed, "a duration must be greater than 0");
    }
    if (duration.count() > duration_ms_max) {
        return fail(ErrorCode::too_large, "duration '{}' is longer than 292 years", text);
    }
    return duration.count();
}

std::string duration_text(int64_t ms) {
    std::string text;
    for (const auto& unit : units) {
        if (ms >= unit.ms && (!unit.must_be_whole || ms % unit.ms == 0)) {
            text += fmt::format("{}{}", ms / unit.ms, unit.name);
            ms %= unit.ms;
        }
    }
    return text.empty() ? "0s" : text;
}

namespace {

// whole / 10^decimals.
struct Decimal {
    uint64_t whole;
    unsigned decimals;
};

// Of a number that is the nearest to one of at most 15 digits and few decimals, as most measurements are, that one: no
// other of so few digits reads back as the same, so it is the shortest.
std::optional<Decimal> short_decimal(double size) {
    static constexpr std::array powers{1.0, 10.0, 100.0, 1000.0};
    constexpr double digits_15 = 1e15;
    for (unsigned i = 0; i < powers.size() && size * powers[i] < digits_15; ++i) {
        const auto whole = static_cast<uint64_t>(size * powers[i] + 0.5);
        if (static_cast<double>(whole) / powers[i] == size) {
            return Decimal{whole, i};
        }
    }
    return std::nullopt;
}

void put_decimal(std::string& out, const Decimal& decimal) {
    char text[24];
    auto* const end = std::to_chars(text, text + sizeof text, decimal.whole).ptr;
    const auto digits = static_cast<size_t>(end - text);
    if (decimal.decimals == 0) {
        out.append(text, digits);
        return;
    }
    if (digits <= decimal.decimals) {
        out += "0.";
        out.append(decimal.decimals - digits, '0').append(text, digits);
        return;
    }
    out.append(text, digits - decimal.decimals).append(1, '.').append(end - decimal.decimals, end);
}

// The digits, then zeros: to_chars without an exponent would write all digits of the binary number.
std::string without_exponent(std::string_view written) {
    const auto exponent_at = written.find('e');
    std::string digits(written.substr(0, exponent_at));
    std::erase(digits, '.');
    int exponent = 0;
    written.remove_prefix(exponent_at + (written[exponent_at + 1] == '+' ? 2 : 1));
    std::from_chars(written.data(), written.data() + written.size(), exponent);
    const auto before_point = static_cast<long>(exponent) + 1;
    const auto count = static_cast<long>(digits.size());
    if (before_point <= 0) {
        digits.insert(0, "0." + std::string(static_cast<size_t>(-before_point), '0'));
    } else if (before_point >= count) {
        digits.append(static_cast<size_t>(before_point - count), '0');
    } else {
        digits.insert(static_cast<size_t>(before_point), ".");
    }
    return digits;
}

}  // namespace

std::string number_text(double number) {
    if (std::isnan(number)) {
        return "NaN";
    }
    if (std::isinf(number)) {
        return number > 0 ? "+Inf" : "-Inf";
    }
    const double size = std::fabs(number);
    if (size == 0 || (size >= 1e-4 && size < 1e21)) {
        return plain_number_text(number);
    }
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    return {text, end};
}

std::string plain_number_text(double number) {
    std::string text;
    put_plain_number(text, number);
    return text;
}

void put_plain_number(std::string& out, double number) {
    if (std::isnan(number)) {
        out += "NaN";
        return;
    }
    if (std::isinf(number)) {
        out += number > 0 ? "+Inf" : "-Inf";
        return;
    }
    char text[64];
    const double size = std::fabs(number);
    out += std::signbit(number) ? "-" : "";
    if (const auto decimal = short_decimal(size)) {
        put_decimal(out, *decimal);
    } else if (size >= plain_from && size < plain_below) {
        out.append(text, std::to_chars(text, text + sizeof text, size, std::chars_format::fixed).ptr);
    } else {
        out +=
            without_exponent({text, std::to_chars(text, text + sizeof text, size, std::chars_format::scientific).ptr});
    }
}

tl::expected<Unquoted, UnquoteError> unquote(std::string_view text) {
    return Unquoter(text).read();
}

std::string quoted(std::string_view text) {
    static constexpr std::string_view letters = "abfnrtv\\\"";
    static constexpr std::string_view meant = "\a\b\f\n\r\t\v\\\"";
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        const auto bytes = utf8_bytes(text.substr(i));
        if (const auto simple = meant.find(text[i]); simple != std::string_view::npos) {
            out += '\\';
            out += letters[simple];
        } else if (bytes == 0 || text[i] == 0x7f || (bytes == 1 && text[i] < 0x20)) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
        } else {
            out.append(text, i, bytes);
        }
        i += std::max<size_t>(bytes, 1);
    }
    return out + '"';
}

std::string shown_character(std::string_view text) {
    return quoted(text.substr(0, std::max<size_t>(utf8_bytes(text), 1)));
}

}  // namespace vigie::controller::query
