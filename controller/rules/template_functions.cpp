// A table of the functions, and printf for one argument list.
#include "controller/rules/template_functions.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "controller/rules/humanize.hpp"

namespace vigie::controller::rules {
namespace {

using Arguments = std::vector<TemplateDatum>;

// A page is read by people; nobody needs a wider column, and a format must not make megabytes.
constexpr int printf_width_max = 256;

std::string cased(std::string text, bool is_upper) {
    for (auto& c : text) {  // ASCII only: locale-free
        if (is_upper && c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        } else if (!is_upper && c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return text;
}

std::optional<double> number_of(const TemplateDatum& datum) {
    if (const auto* number = std::get_if<double>(&datum)) {
        return *number;
    }
    const auto& text = std::get<std::string>(datum);
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

// One directive, the text between '%' and its verb included: flags, width, precision.
struct Directive {
    bool is_left = false;
    bool is_signed = false;
    bool is_zero_filled = false;
    int width = 0;
    int precision = -1;
    char verb = 'v';
};

Result<Directive> read_directive(std::string_view format, size_t& at) {
    Directive directive;
    for (; at < format.size(); ++at) {
        const char c = format[at];
        directive.is_left |= c == '-';
        directive.is_signed |= c == '+';
        directive.is_zero_filled |= c == '0';
        if (c != '-' && c != '+' && c != '0') {
            break;
        }
    }
    const auto read_int = [&](int& into) {
        const auto parsed = std::from_chars(format.data() + at, format.data() + format.size(), into);
        at = static_cast<size_t>(parsed.ptr - format.data());
        return parsed.ec != std::errc::result_out_of_range && into <= printf_width_max;
    };
    bool is_fitting = read_int(directive.width);
    if (at < format.size() && format[at] == '.') {
        ++at;
        directive.precision = 0;
        is_fitting = read_int(directive.precision) && directive.precision >= 0 && is_fitting;
    }
    if (!is_fitting || at >= format.size()) {
        return fail(ErrorCode::malformed, "printf: bad format '{}'", format);
    }
    directive.verb = format[at++];
    return directive;
}

Result<std::string> print_one(const Directive& directive, const TemplateDatum& datum) {
    std::string text;
    const auto* number = std::get_if<double>(&datum);
    switch (directive.verb) {
        case 'f':
        case 'F':
        case 'e':
        case 'g':
            if (number == nullptr) {
                return fail(ErrorCode::malformed, "printf: %{} needs a number", directive.verb);
            }
            if (!std::isfinite(*number) || (directive.verb == 'g' && directive.precision < 0)) {
                text = plain_number(*number);
            } else {
                const auto precision = directive.precision < 0 ? 6 : directive.precision;
                text = directive.verb == 'e'   ? fmt::format("{:.{}e}", *number, precision)
                       : directive.verb == 'g' ? fmt::format("{:.{}g}", *number, precision)
                                               : fmt::format("{:.{}f}", *number, precision);
            }
            text = directive.is_signed && *number >= 0 ? "+" + text : text;
            break;
        case 's':
            if (number != nullptr) {
                return fail(ErrorCode::malformed, "printf: %s needs a string");
            }
            [[fallthrough]];
        case 'v':
            text = printed(datum);
            text = directive.precision >= 0 && number == nullptr
                       ? text.substr(0, static_cast<size_t>(directive.precision))
                       : text;
            break;
        default:
            return fail(ErrorCode::malformed, "printf: unknown verb %{}", directive.verb);
    }
    const auto width = static_cast<size_t>(std::max(directive.width, 0));
    if (text.size() < width) {
        const auto missing = width - text.size();
        const bool is_zero = directive.is_zero_filled && !directive.is_left && number != nullptr;
        const size_t after_sign = is_zero && !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
        text.insert(directive.is_left ? text.size() : after_sign, missing, is_zero ? '0' : ' ');
    }
    return text;
}

Result<TemplateDatum> print_formatted(const Arguments& arguments) {
    const auto* format = arguments.empty() ? nullptr : std::get_if<std::string>(&arguments.front());
    if (format == nullptr) {
        return fail(ErrorCode::malformed, "printf needs a format");
    }
    std::string result;
    size_t next = 1;
    for (size_t at = 0; at < format->size();) {
        const char c = (*format)[at++];
        if (c != '%') {
            result += c;
        } else if (at < format->size() && (*format)[at] == '%') {
            result += '%';
            ++at;
        } else {
            VIGIE_TRY(const auto directive, read_directive(*format, at));
            if (next >= arguments.size()) {
                return fail(ErrorCode::malformed, "printf: more directives than arguments in '{}'", *format);
            }
            VIGIE_TRY(const auto text, print_one(directive, arguments[next++]));
            result += text;
        }
    }
    if (next < arguments.size()) {
        return fail(ErrorCode::malformed, "printf: more arguments than directives in '{}'", *format);
    }
    return TemplateDatum(std::move(result));
}

Result<TemplateDatum> call_on_number(std::string_view name, const Arguments& arguments,
                                     std::string (*function)(double)) {
    const auto number = arguments.size() == 1 ? number_of(arguments.front()) : std::nullopt;
    if (!number) {
        return fail(ErrorCode::malformed, "{} needs one number", name);
    }
    return TemplateDatum(function(*number));
}

const std::map<std::string, std::string (*)(double), std::less<>> number_functions{
    {"humanize", humanize},
    {"humanize1024", humanize1024},
    {"humanizeDuration", humanize_duration},
    {"humanizePercentage", humanize_percentage},
};

}  // namespace

bool is_template_function(std::string_view name) {
    return number_functions.find(name) != number_functions.end() || name == "printf" || name == "toUpper" ||
           name == "toLower";
}

Result<TemplateDatum> call_template_function(std::string_view name, const Arguments& arguments) {
    if (const auto found = number_functions.find(name); found != number_functions.end()) {
        return call_on_number(name, arguments, found->second);
    }
    if (name == "printf") {
        return print_formatted(arguments);
    }
    if (arguments.size() != 1) {
        return fail(ErrorCode::malformed, "{} needs one argument", name);
    }
    return TemplateDatum(cased(printed(arguments.front()), name == "toUpper"));
}

std::string printed(const TemplateDatum& datum) {
    const auto* number = std::get_if<double>(&datum);
    return number != nullptr ? plain_number(*number) : std::get<std::string>(datum);
}

}  // namespace vigie::controller::rules
