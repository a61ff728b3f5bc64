// A table of the functions.
#include "controller/rules/template_functions.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "controller/query/literals.hpp"
#include "controller/query/regex.hpp"
#include "controller/rules/humanize.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::rules::templates {
namespace {

using Arguments = std::span<const Value>;

tl::unexpected<Error> misused(std::string_view name, std::string_view wanted) {
    return fail(ErrorCode::malformed, "{} needs {}", name, wanted);
}

// As Prometheus takes numbers: also from text.
std::optional<double> number_of(const Value& value) {
    if (const auto* number = std::get_if<double>(&value)) {
        return *number;
    }
    if (const auto* number = std::get_if<int64_t>(&value)) {
        return static_cast<double>(*number);
    }
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::nullopt : query::label_number(*text);
}

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

std::string titled(const std::string& text) {
    std::string out = text;
    for (size_t i = 0; i < out.size(); ++i) {
        const char before = i == 0 ? ' ' : out[i - 1];
        const bool is_inside = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
                               (before >= '0' && before <= '9') || before == '_' || before == '\'' ||
                               static_cast<uint8_t>(before) >= 0x80;
        out[i] = is_inside ? out[i] : cased(std::string(1, out[i]), true)[0];
    }
    return out;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// host:port without its port; what is no such pair stays as it is.
std::string without_port(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) {
        return text;
    }
    const auto host = text.substr(0, colon);
    if (host.starts_with('[')) {
        return host.ends_with(']') ? host.substr(1, host.size() - 2) : text;
    }
    return host.find(':') == std::string::npos ? host : text;
}

std::string without_domain(const std::string& text) {
    const auto host = without_port(text);
    const auto port = text.size() > host.size() && text.starts_with(host) ? text.substr(host.size()) : "";
    const bool is_address =
        host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
    return is_address ? text : host.substr(0, host.find('.')) + port;
}

std::string path_of(std::string_view url) {
    const auto scheme = url.find("://");
    const auto path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    return path == std::string_view::npos ? "" : std::string(url.substr(path, url.find_first_of("?#", path) - path));
}

std::string escaped_for_url(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '_' || c == '.' || c == '~';
        out += is_plain ? std::string(1, c) : c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
    return out;
}

std::string escaped_for_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '&'    ? "&amp;"
               : c == '<'  ? "&lt;"
               : c == '>'  ? "&gt;"
               : c == '"'  ? "&#34;"
               : c == '\'' ? "&#39;"
                           : std::string(1, c);
    }
    return out;
}

std::string humanize_timestamp(double seconds) {
    if (!std::isfinite(seconds) || std::fabs(seconds) > 9e9) {
        return plain_number(seconds);
    }
    return go_time(wall_from_unix_ms(std::llround(seconds * 1000)));
}

template <typename Compare>
Result<Value> compared(std::string_view name, const Value& a, const Value& b, const Compare& holds) {
    if (a.index() != b.index() || a.index() == 0 || a.index() >= Value(LabelsOf{}).index()) {
        return fail(ErrorCode::malformed, "{}: {} and {} cannot be compared", name, type_of(a), type_of(b));
    }
    if (const auto* text = std::get_if<std::string>(&a)) {
        return Value(holds(*text, std::get<std::string>(b)));
    }
    if (const auto* number = std::get_if<double>(&a)) {
        return Value(holds(*number, std::get<double>(b)));
    }
    if (const auto* whole = std::get_if<int64_t>(&a)) {
        return Value(holds(*whole, std::get<int64_t>(b)));
    }
    if (name != "eq" && name != "ne") {
        return fail(ErrorCode::malformed, "{}: bool has no order", name);
    }
    return Value(holds(std::get<bool>(a), std::get<bool>(b)));
}

Result<Value> compare(std::string_view name, Arguments arguments) {
    const bool is_any_of = name == "eq";
    if (arguments.size() < 2 || (arguments.size() > 2 && !is_any_of)) {
        return misused(name, is_any_of ? "two arguments or more" : "two arguments");
    }
    const auto& a = arguments[0];
    const auto& b = arguments[1];
    if (is_any_of) {
        for (const auto& other : arguments.subspan(1)) {
            VIGIE_TRY(auto is_equal, compared(name, a, other, std::equal_to<>()));
            if (std::get<bool>(is_equal)) {
                return is_equal;
            }
        }
        return Value(false);
    }
    return name == "ne"   ? compared(name, a, b, std::not_equal_to<>())
           : name == "lt" ? compared(name, a, b, std::less<>())
           : name == "le" ? compared(name, a, b, std::less_equal<>())
           : name == "gt" ? compared(name, a, b, std::greater<>())
                          : compared(name, a, b, std::greater_equal<>());
}

const std::map<std::string, std::string (*)(double), std::less<>> number_functions{
    {"humanize", humanize},
    {"humanize1024", humanize1024},
    {"humanizeDuration", humanize_duration},
    {"humanizePercentage", humanize_percentage},
    {"humanizeTimestamp", humanize_timestamp},
};
const std::map<std::string, std::string (*)(const std::string&), std::less<>> text_functions{
    {"toUpper", [](const std::string& text) { return cased(text, true); }},
    {"toLower", [](const std::string& text) { return cased(text, false); }},
    {"title", titled},
    {"trimSpace", trimmed},
    {"stripPort", without_port},
    {"stripDomain", without_domain},
    {"safeHtml", [](const std::string& text) { return text; }},
    {"graphLink", [](const std::string& text) { return "/graph?g0.expr=" + escaped_for_url(text) + "&g0.tab=0"; }},
    {"tableLink", [](const std::string& text) { return "/graph?g0.expr=" + escaped_for_url(text) + "&g0.tab=1"; }},
};
const std::set<std::string, std::less<>> other_functions{
    "and",   "or",           "not",           "eq",          "ne",         "lt",     "le",         "gt",
    "ge",    "len",          "index",         "print",       "println",    "printf", "html",       "urlquery",
    "match", "reReplaceAll", "parseDuration", "externalURL", "pathPrefix", "join",   "stringSlice"};
const std::set<std::string, std::less<>> alertmanagers_functions{"join", "stringSlice", "trimSpace"};
// They work on results of queries, or on templates and functions as values.
const std::set<std::string, std::less<>> missing_functions{
    "query", "first", "label", "value", "strvalue", "sortByLabel", "args", "tmpl", "call", "slice", "js"};

bool is_text(const Value& value) {
    return std::holds_alternative<std::string>(value);
}

Result<Value> with_regex(std::string_view name, Arguments arguments) {
    const size_t wanted = name == "match" ? 2 : 3;
    if (arguments.size() != wanted || !std::all_of(arguments.begin(), arguments.end(), is_text)) {
        return misused(name, wanted == 2 ? "a pattern and a text" : "a pattern, a replacement and a text");
    }
    VIGIE_TRY(const auto regex, query::Regex::make(std::get<std::string>(arguments[0])));
    const auto& text = std::get<std::string>(arguments.back());
    if (name == "match") {
        return Value(regex.is_found_in(text));
    }
    VIGIE_TRY(auto replaced, regex.replace_all(text, std::get<std::string>(arguments[1]), result_bytes_max));
    return Value(std::move(replaced));
}

Result<Value> looked_up(Arguments arguments) {
    const auto* list = arguments.size() == 2 ? std::get_if<ListOf>(&arguments[0]) : nullptr;
    if (list != nullptr) {
        const auto* at = std::get_if<int64_t>(&arguments[1]);
        const auto& items = (*list)->items;
        if (at == nullptr || *at < 0 || static_cast<size_t>(*at) >= items.size()) {
            return fail(ErrorCode::malformed, "index: a list of {} has no element {}", items.size(),
                        printed(arguments[1]));
        }
        return items[static_cast<size_t>(*at)];
    }
    const auto* labels = arguments.size() == 2 ? std::get_if<LabelsOf>(&arguments[0]) : nullptr;
    const auto* name = arguments.size() == 2 ? std::get_if<std::string>(&arguments[1]) : nullptr;
    if (labels == nullptr || name == nullptr) {
        return misused("index", "labels and a label's name");
    }
    const auto found = (*labels)->find(*name);
    return Value(found == (*labels)->end() ? std::string() : found->second);
}

Result<Value> length_of(Arguments arguments) {
    if (arguments.size() == 1) {
        if (const auto* text = std::get_if<std::string>(&arguments[0])) {
            return Value(static_cast<int64_t>(text->size()));
        }
        if (const auto* labels = std::get_if<LabelsOf>(&arguments[0])) {
            return Value(static_cast<int64_t>((*labels)->size()));
        }
        if (const auto* list = std::get_if<ListOf>(&arguments[0])) {
            return Value(static_cast<int64_t>((*list)->items.size()));
        }
    }
    return misused("len", "a text or labels");
}

// Alertmanager's: the separator comes first, so that a list can be piped in.
Result<Value> joined(Arguments arguments) {
    const auto* separator = arguments.size() == 2 ? std::get_if<std::string>(&arguments[0]) : nullptr;
    const auto* list = arguments.size() == 2 ? std::get_if<ListOf>(&arguments[1]) : nullptr;
    if (separator == nullptr || list == nullptr) {
        return misused("join", "a separator and a list of texts");
    }
    std::string out;
    for (const auto& item : (*list)->items) {
        out += (&item == (*list)->items.data() ? "" : *separator) + printed(item);
        if (out.size() > result_bytes_max) {
            return fail(ErrorCode::too_large, "join makes more than {} bytes", result_bytes_max);
        }
    }
    return Value(std::move(out));
}

// Go's Sprint puts a space between two that are both no text; Sprintln between all.
Result<std::string> print_all(std::string_view name, Arguments arguments) {
    const bool is_line = name == "println";
    std::string out;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const bool is_beside_text = is_text(arguments[i]) || (i > 0 && is_text(arguments[i - 1]));
        out += (i > 0 && (is_line || !is_beside_text) ? " " : "") + printed(arguments[i]);
        if (out.size() > result_bytes_max) {
            return fail(ErrorCode::too_large, "{} makes more than {} bytes", name, result_bytes_max);
        }
    }
    return out + (is_line ? "\n" : "");
}

Result<Value> call_other(std::string_view name, Arguments arguments, const FunctionWorld& world) {
    if (name == "printf") {
        const auto* format = arguments.empty() ? nullptr : std::get_if<std::string>(&arguments[0]);
        if (format == nullptr) {
            return misused(name, "a format");
        }
        VIGIE_TRY(auto text, print_formatted(*format, arguments.subspan(1)));
        return Value(std::move(text));
    }
    if (name == "print" || name == "println") {
        VIGIE_TRY(auto text, print_all(name, arguments));
        return Value(std::move(text));
    }
    if (name == "html" || name == "urlquery") {
        VIGIE_TRY(const auto text, print_all(name, arguments));
        return Value(name == "html" ? escaped_for_html(text) : escaped_for_url(text));
    }
    if (name == "match" || name == "reReplaceAll") {
        return with_regex(name, arguments);
    }
    if (name == "index") {
        return looked_up(arguments);
    }
    if (name == "join") {
        return joined(arguments);
    }
    if (name == "stringSlice") {
        if (!std::all_of(arguments.begin(), arguments.end(), is_text)) {  // a list of lists doubles with each level
            return misused(name, "texts");
        }
        return Value(world.arena.keep(List{{arguments.begin(), arguments.end()}}));
    }
    if (name == "len") {
        return length_of(arguments);
    }
    if (name == "not") {
        return arguments.size() == 1 ? Result<Value>(Value(!is_true(arguments[0]))) : misused(name, "one argument");
    }
    if (name == "externalURL" || name == "pathPrefix") {
        return arguments.empty() ? Result<Value>(Value(name == "externalURL" ? std::string(world.external_url)
                                                                             : path_of(world.external_url)))
                                 : misused(name, "no argument");
    }
    if (name == "parseDuration") {
        const auto* text = arguments.size() == 1 ? std::get_if<std::string>(&arguments[0]) : nullptr;
        if (text == nullptr) {
            return misused(name, "a text");
        }
        VIGIE_TRY(const auto duration, parse_duration(*text));
        return Value(static_cast<double>(duration.count()) / 1000);
    }
    return compare(name, arguments);
}

}  // namespace

Result<void> check_template_function(std::string_view name, Dialect dialect) {
    if (dialect == Dialect::prometheus && alertmanagers_functions.contains(name)) {
        return fail(ErrorCode::malformed, "function '{}' is not defined", name);
    }
    if (missing_functions.contains(name)) {
        return fail(ErrorCode::unsupported, "function '{}' is not supported: templates here make no queries", name);
    }
    if (number_functions.contains(name) || text_functions.contains(name) || other_functions.contains(name)) {
        return {};
    }
    return fail(ErrorCode::malformed, "function '{}' is not defined", name);
}

Result<Value> call_template_function(std::string_view name, Arguments arguments, const FunctionWorld& world) {
    if (const auto found = number_functions.find(name); found != number_functions.end()) {
        const auto number = arguments.size() == 1 ? number_of(arguments[0]) : std::nullopt;
        return number ? Result<Value>(Value(found->second(*number))) : misused(name, "one number");
    }
    if (const auto found = text_functions.find(name); found != text_functions.end()) {
        const auto* text = arguments.size() == 1 ? std::get_if<std::string>(&arguments[0]) : nullptr;
        return text != nullptr ? Result<Value>(Value(found->second(*text))) : misused(name, "one text");
    }
    return call_other(name, arguments, world);
}

}  // namespace vigie::controller::rules::templates
