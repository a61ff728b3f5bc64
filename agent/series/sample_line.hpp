// What the lines of all exposition formats are made of: names, labels in braces, numbers. Views into the line, no
// copies.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct ParsedLabel {
    std::string_view name;
    std::string_view escaped;  // as it stands in the text; plain_escapes() makes of it what stands in a key
};

// One line with a value. Views of the text, good until the parser goes on.
struct ParsedSample {
    std::string_view name;
    std::vector<ParsedLabel> labels;  // sorted by name, each once; empty values are there
    double value = 0;
    std::optional<double> time;  // as it stands there: milliseconds in Prometheus' format, seconds in OpenMetrics
};

// How much a format allows around labels.
struct LabelRules {
    bool may_have_blanks = true;  // blanks, and a comma after the last label
    bool may_escape_any = true;   // a backslash before other characters than backslash, quote and n stands for itself
};

// [a-zA-Z_][a-zA-Z0-9_]*, of metrics with colons too.
bool is_label_name(std::string_view text);
bool is_metric_name(std::string_view text);
// Cuts the longest name off the front of `rest`; "" when there is none.
std::string_view cut_label_name(std::string_view& rest);
std::string_view cut_metric_name(std::string_view& rest);

// Cuts {name="value",…} off, or nothing when there is no opening brace. `into` comes back sorted. malformed: what is
// no list of labels, a name twice, a value that is not UTF-8.
Result<void> cut_labels(std::string_view& rest, const LabelRules& rules, std::vector<ParsedLabel>& into);

// A decimal number, Inf, Infinity or NaN in any case, as Go's ParseFloat without its hexadecimal numbers and
// underscores; nothing when it is anything else or too large for a double.
std::optional<double> parse_sample_value(std::string_view text);

// An escaped value whose backslashes all stand before backslash, quote or n. `scratch` is used when it must differ.
std::string_view plain_escapes(std::string_view escaped, std::string& scratch);
// What an escaped value stands for.
std::string unescaped(std::string_view escaped);
// A value of any text, escaped as it stands in a key.
void append_escaped(std::string& out, std::string_view value);

// name{label="value"} as in a schema: empty values are left out. `labels` sorted, their values escaped.
void append_key(std::string& out, std::string_view name, const std::vector<ParsedLabel>& labels);

}  // namespace vigie::agent
