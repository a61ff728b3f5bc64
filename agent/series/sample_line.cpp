// Cutting from the front.
#include "agent/series/sample_line.hpp"

#include <algorithm>
#include <limits>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

bool is_name_character(char c, bool is_first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!is_first && c >= '0' && c <= '9');
}

std::string_view cut_name(std::string_view& rest, bool may_have_colons) {
    size_t end = 0;
    while (end < rest.size() && (is_name_character(rest[end], end == 0) || (may_have_colons && rest[end] == ':'))) {
        ++end;
    }
    const auto name = rest.substr(0, end);
    rest.remove_prefix(end);
    return name;
}

bool is_known_escape(char c) {
    return c == '\\' || c == '"' || c == 'n';
}

// Cutting with a format's rules.
class LabelCutter {
  public:
    LabelCutter(std::string_view& rest, const LabelRules& rules) : rest_(rest), rules_(rules) {}

    bool take(char c) {
        skip_blanks();
        const bool is_there = rest_.starts_with(c);
        rest_.remove_prefix(is_there ? 1 : 0);
        return is_there;
    }

    // One label with its quotes.
    Result<ParsedLabel> label() {
        skip_blanks();
        ParsedLabel label{cut_label_name(rest_), {}};
        if (label.name.empty() || !take('=')) {
            return fail(ErrorCode::malformed, "labels must stand as {{name=\"value\", …}}");
        }
        if (label.name == "__name__") {
            return fail(ErrorCode::malformed, "the label __name__ is the metric's name itself");
        }
        VIGIE_TRY(label.escaped, quoted());
        return label;
    }

  private:
    void skip_blanks() {
        if (rules_.may_have_blanks) {
            rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
        }
    }

    // Up to the closing quote.
    Result<std::string_view> quoted() {
        if (!take('"')) {
            return fail(ErrorCode::malformed, "a label's value must stand in double quotes");
        }
        for (size_t at = 0; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                const auto value = rest_.substr(0, at);
                rest_.remove_prefix(at + 1);
                return is_utf8(value) ? Result<std::string_view>(value)
                                      : fail(ErrorCode::malformed, "a label's value is not UTF-8");
            }
            if (rest_[at] == '\\') {
                ++at;
                if (at < rest_.size() && !is_known_escape(rest_[at]) && !rules_.may_escape_any) {
                    return fail(ErrorCode::malformed,
                                "a label's value has a backslash before another character than backslash, quote or n");
                }
            }
        }
        return fail(ErrorCode::malformed, "a label's value has no closing quote");
    }

    std::string_view& rest_;
    const LabelRules& rules_;
};

Result<void> sort_labels(std::vector<ParsedLabel>& labels) {
    std::sort(labels.begin(), labels.end(), [](const ParsedLabel& a, const ParsedLabel& b) { return a.name < b.name; });
    const auto twice = std::adjacent_find(labels.begin(), labels.end(),
                                          [](const ParsedLabel& a, const ParsedLabel& b) { return a.name == b.name; });
    if (twice != labels.end()) {
        return fail(ErrorCode::malformed, "the label '{}' stands there twice", twice->name.substr(0, 64));
    }
    return {};
}

bool is_same_word(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
}

}  // namespace

std::string_view cut_label_name(std::string_view& rest) {
    return cut_name(rest, false);
}
std::string_view cut_metric_name(std::string_view& rest) {
    return cut_name(rest, true);
}
bool is_label_name(std::string_view text) {
    return !text.empty() && cut_label_name(text).size() > 0 && text.empty();
}
bool is_metric_name(std::string_view text) {
    return !text.empty() && cut_metric_name(text).size() > 0 && text.empty();
}

Result<void> cut_labels(std::string_view& rest, const LabelRules& rules, std::vector<ParsedLabel>& into) {
    into.clear();
    LabelCutter cutter(rest, rules);
    if (!cutter.take('{') || cutter.take('}')) {
        return {};
    }
    for (bool is_open = true; is_open;) {
        VIGIE_TRY(const auto label, cutter.label());
        into.push_back(label);
        const bool has_comma = cutter.take(',');
        const bool may_close = !has_comma || rules.may_have_blanks;
        is_open = !(may_close && cutter.take('}'));
        if (is_open && !has_comma) {
            return fail(ErrorCode::malformed, "after the label '{}' there is neither a comma nor a closing brace",
                        label.name.substr(0, 64));
        }
    }
    return sort_labels(into);
}

std::optional<double> parse_sample_value(std::string_view text) {
    const bool has_sign = text.starts_with('+') || text.starts_with('-');
    const auto digits = text.substr(has_sign ? 1 : 0);
    if (is_same_word(digits, "inf") || is_same_word(digits, "infinity")) {
        constexpr auto infinity = std::numeric_limits<double>::infinity();
        return text.starts_with('-') ? -infinity : infinity;
    }
    if (is_same_word(text, "nan")) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    // from_chars alone would take "nan(…)" and a sign after the one that is cut off here.
    const bool is_decimal = !digits.empty() && (is_digits(digits.substr(0, 1)) || digits[0] == '.');
    return is_decimal ? number_in<double>(text.starts_with('+') ? digits : text) : std::nullopt;
}

std::string_view plain_escapes(std::string_view escaped, std::string& scratch) {
    scratch.clear();
    size_t copied = 0;
    for (size_t at = escaped.find('\\'); at != std::string_view::npos; at = escaped.find('\\', at + 2)) {
        if (at + 1 < escaped.size() && !is_known_escape(escaped[at + 1])) {
            scratch.append(escaped.substr(copied, at - copied)).append("\\\\");
            copied = at + 1;
        }
    }
    if (copied == 0) {
        return escaped;
    }
    return scratch.append(escaped.substr(copied));
}

std::string unescaped(std::string_view escaped) {
    std::string plain;
    for (size_t at = 0; at < escaped.size(); ++at) {
        const bool is_escape = escaped[at] == '\\' && at + 1 < escaped.size() && is_known_escape(escaped[at + 1]);
        at += is_escape ? 1 : 0;
        plain += is_escape && escaped[at] == 'n' ? '\n' : escaped[at];
    }
    return plain;
}

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\\' || c == '"') {
            out += '\\';
        }
        out += c == '\n' ? "\\n" : std::string_view(&c, 1);
    }
}

void append_key(std::string& out, std::string_view name, const std::vector<ParsedLabel>& labels) {
    out += name;
    const char* opening = "{";
    std::string scratch;
    for (const auto& label : labels) {
        if (!label.escaped.empty()) {
            out.append(opening).append(label.name).append("=\"");
            out.append(plain_escapes(label.escaped, scratch)).append("\"");
            opening = ",";
        }
    }
    if (*opening == ',') {
        out += '}';
    }
}

}  // namespace vigie::agent
