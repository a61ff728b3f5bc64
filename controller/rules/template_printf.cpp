// Go's verbs for the few kinds of values that templates have.
#include <charconv>
#include <cmath>

#include "controller/query/literals.hpp"
#include "controller/rules/humanize.hpp"
#include "controller/rules/template_functions.hpp"

namespace vigie::controller::rules::templates {
namespace {

// A page is read by people; nobody needs a wider column, and a format must not make megabytes.
constexpr int printf_width_max = 256;

// One directive, the text between '%' and its verb included: flags, width, precision.
struct Directive {
    bool is_left = false;
    bool is_signed = false;
    bool is_zero_filled = false;
    int width = 0;
    int precision = -1;
    char verb = '\0';
};

Result<Directive> read_directive(std::string_view format, size_t& at) {
    Directive directive;
    for (; at < format.size() && std::string_view("-+0 #").find(format[at]) != std::string_view::npos; ++at) {
        directive.is_left |= format[at] == '-';
        directive.is_signed |= format[at] == '+';
        directive.is_zero_filled |= format[at] == '0';
    }
    bool is_fitting = true;
    const auto read_int = [&](int& into) {
        const auto parsed = std::from_chars(format.data() + at, format.data() + format.size(), into);
        at = static_cast<size_t>(parsed.ptr - format.data());
        is_fitting = is_fitting && parsed.ec != std::errc::result_out_of_range && into <= printf_width_max;
    };
    read_int(directive.width);
    if (at < format.size() && format[at] == '.') {
        ++at;
        directive.precision = 0;
        read_int(directive.precision);
    }
    if (!is_fitting) {
        return fail(ErrorCode::too_large, "printf: a width or precision above {} in '{}'", printf_width_max, format);
    }
    directive.verb = at < format.size() ? format[at++] : '\0';
    return directive;
}

std::string number_text(const Directive& directive, double number) {
    const auto precision = directive.precision < 0 ? 6 : directive.precision;
    const char verb = directive.verb;
    std::string text;
    if (!std::isfinite(number) || ((verb == 'g' || verb == 'v') && directive.precision < 0)) {
        text = plain_number(number);
    } else {
        text = verb == 'e'                  ? fmt::format("{:.{}e}", number, precision)
               : verb == 'E'                ? fmt::format("{:.{}E}", number, precision)
               : verb == 'f' || verb == 'F' ? fmt::format("{:.{}f}", number, precision)
                                            : fmt::format("{:.{}g}", number, std::max(precision, 1));
    }
    return directive.is_signed && verb != 'v' && number >= 0 && text[0] != '+' ? "+" + text : text;
}

std::string mismatch(const Directive& directive, const Value& value) {
    return fmt::format("%!{}({}={})", directive.verb, type_of(value), printed(value));
}

// The text without its width.
std::string bare_text(const Directive& directive, const Value& value) {
    const char verb = directive.verb;
    if (const auto* number = std::get_if<double>(&value)) {
        return std::string_view("eEfFgGv").find(verb) == std::string_view::npos ? mismatch(directive, value)
                                                                                : number_text(directive, *number);
    }
    if (const auto* whole = std::get_if<int64_t>(&value)) {
        const bool is_sign_wanted = directive.is_signed && verb == 'd' && *whole >= 0;
        return verb == 'd' || verb == 'v' ? (is_sign_wanted ? "+" : "") + fmt::format("{}", *whole)
               : verb == 'x'              ? fmt::format("{:x}", *whole)
                                          : mismatch(directive, value);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        const auto cut =
            text->substr(0, directive.precision < 0 ? std::string::npos : static_cast<size_t>(directive.precision));
        return verb == 's' || verb == 'v' ? cut : verb == 'q' ? query::quoted(cut) : mismatch(directive, value);
    }
    const bool is_fitting = verb == 'v' || (verb == 't' && std::holds_alternative<bool>(value)) ||
                            (verb == 's' && std::holds_alternative<LabelsOf>(value));
    return is_fitting ? printed(value) : mismatch(directive, value);
}

std::string in_width(const Directive& directive, std::string text, bool is_number) {
    const auto width = static_cast<size_t>(std::max(directive.width, 0));
    if (text.size() < width) {
        const auto missing = width - text.size();
        const bool is_zero = directive.is_zero_filled && !directive.is_left && is_number;
        const size_t after_sign = is_zero && !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
        text.insert(directive.is_left ? text.size() : after_sign, missing, is_zero ? '0' : ' ');
    }
    return text;
}

}  // namespace

Result<std::string> print_formatted(std::string_view format, std::span<const Value> arguments) {
    std::string result;
    size_t next = 0;
    for (size_t at = 0; at < format.size();) {
        const char c = format[at++];
        if (c != '%') {
            result += c;
            continue;
        }
        VIGIE_TRY(const auto directive, read_directive(format, at));
        if (directive.verb == '%') {
            result += '%';
        } else if (directive.verb == '\0') {
            result += "%!(NOVERB)";
        } else if (next >= arguments.size()) {
            result += fmt::format("%!{}(MISSING)", directive.verb);
        } else {
            const auto& value = arguments[next++];
            const bool is_number = std::holds_alternative<double>(value) || std::holds_alternative<int64_t>(value);
            result += in_width(directive, bare_text(directive, value), is_number);
        }
        if (result.size() > result_bytes_max) {
            return fail(ErrorCode::too_large, "printf makes more than {} bytes", result_bytes_max);
        }
    }
    if (next < arguments.size()) {
        result += "%!(EXTRA ";
        for (size_t i = next; i < arguments.size(); ++i) {
            result += fmt::format("{}{}={}", i == next ? "" : ", ", type_of(arguments[i]), printed(arguments[i]));
        }
        result += ")";
    }
    return result;
}

}  // namespace vigie::controller::rules::templates
