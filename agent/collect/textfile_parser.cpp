// The text format: docs "Exposition formats" of Prometheus, version 0.0.4.
#include <algorithm>
#include <set>

#include "agent/collect/text.hpp"
#include "agent/collect/textfile.hpp"

namespace vigie::agent {
namespace {

bool is_name_character(char c, bool is_first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!is_first && c >= '0' && c <= '9');
}

// Cuts a name off; "" when there is none. Colons only in names of metrics.
std::string_view cut_name(std::string_view& rest, bool may_have_colons) {
    size_t end = 0;
    while (end < rest.size() && (is_name_character(rest[end], end == 0) || (may_have_colons && rest[end] == ':'))) {
        ++end;
    }
    const auto name = rest.substr(0, end);
    rest.remove_prefix(end);
    return name;
}

void skip_blanks(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

bool take(std::string_view& rest, char c) {
    skip_blanks(rest);
    const bool is_there = rest.starts_with(c);
    rest.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

struct Label {
    std::string_view name;
    std::string_view escaped;  // as it stands in the file, which is how it stands in a key
};

// Up to the closing quote. The format knows \\, \" and \n.
Result<std::string_view> cut_quoted(std::string_view& rest) {
    if (!take(rest, '"')) {
        return fail(ErrorCode::malformed, "a label's value must stand in double quotes");
    }
    for (size_t at = 0; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            const auto value = rest.substr(0, at);
            rest.remove_prefix(at + 1);
            return is_utf8(value) ? Result<std::string_view>(value)
                                  : fail(ErrorCode::malformed, "a label's value is not UTF-8");
        }
        if (rest[at] == '\\') {
            ++at;
            if (at == rest.size() || (rest[at] != '\\' && rest[at] != '"' && rest[at] != 'n')) {
                return fail(ErrorCode::malformed,
                            "a label's value has a backslash before another character than "
                            "backslash, quote or n");
            }
        }
    }
    return fail(ErrorCode::malformed, "a label's value has no closing quote");
}

Result<std::vector<Label>> cut_labels(std::string_view& rest) {
    std::vector<Label> labels;
    if (!take(rest, '{')) {
        return labels;
    }
    while (!take(rest, '}')) {
        Label label{cut_name(rest, false), {}};
        if (label.name.empty() || !take(rest, '=')) {
            return fail(ErrorCode::malformed, "labels must stand as {{name=\"value\", …}}");
        }
        VIGIE_TRY(label.escaped, cut_quoted(rest));
        labels.push_back(label);
        if (!take(rest, ',') && !(skip_blanks(rest), rest.starts_with('}'))) {
            return fail(ErrorCode::malformed, "after the label '{}' there is neither a comma nor a closing brace",
                        label.name.substr(0, 64));
        }
    }
    std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.name < b.name; });
    const auto twice = std::adjacent_find(labels.begin(), labels.end(),
                                          [](const Label& a, const Label& b) { return a.name == b.name; });
    if (twice != labels.end()) {
        return fail(ErrorCode::malformed, "the label '{}' stands there twice", twice->name.substr(0, 64));
    }
    return labels;
}

std::optional<double> parse_value(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) {
        text.remove_prefix(1);  // "+Inf"
    }
    return number_in<double>(text);
}

Result<TextfileSeries> parse_series_line(std::string_view line) {
    TextfileSeries series;
    const auto name = cut_name(line, true);
    if (name.empty()) {
        return fail(ErrorCode::malformed, "a line must begin with the name of a metric");
    }
    VIGIE_TRY(const auto labels, cut_labels(line));
    const auto value_text = next_field(line);
    const auto value = parse_value(value_text);
    if (!value) {
        return fail(ErrorCode::malformed, "'{}' is no number", value_text.substr(0, 64));
    }
    if (!trimmed(line).empty()) {
        return fail(ErrorCode::unsupported, "something stands after the number: a time of its own is not supported");
    }
    series.key = name;
    const char* opening = "{";
    for (const auto& label : labels) {
        if (!label.escaped.empty()) {
            series.key.append(opening).append(label.name).append("=\"").append(label.escaped).append("\"");
            opening = ",";
        }
    }
    series.key += *opening == ',' ? "}" : "";
    series.value = *value;
    return series;
}

}  // namespace

TextfileReading parse_textfile(std::string_view text, std::string_view file) {
    TextfileReading reading;
    std::set<std::string, std::less<>> seen;
    size_t errors = 0;
    for (size_t number = 1; !text.empty(); ++number) {
        auto line = next_line(text);
        line = trimmed(line);
        if (line.empty() || line[0] == '#') {
            continue;  // HELP and TYPE: readings have neither
        }
        auto series = parse_series_line(line);
        if (series && !seen.insert(series->key).second) {
            series = fail(ErrorCode::conflict, "{} stands there twice", series->key.substr(0, 128));
        }
        if (series) {
            reading.series.push_back(std::move(*series));
        } else if (++errors <= textfile_errors_max) {
            reading.errors.push_back(fmt::format("{}:{}: {}", file, number, series.error().message));
        }
    }
    if (errors > textfile_errors_max) {
        reading.errors.push_back(fmt::format("{}: {} more bad lines", file, errors - textfile_errors_max));
    }
    return reading;
}

}  // namespace vigie::agent
