// Line by line.
#include "agent/series/prometheus_text.hpp"

#include <algorithm>
#include <array>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// Comments mean nothing to a sample; only what claims to be metadata must be some.
Result<void> check_comment(std::string_view line) {
    static constexpr std::array<std::string_view, 6> types{"counter", "gauge",   "histogram",
                                                           "summary", "untyped", "unknown"};
    line.remove_prefix(1);
    if (next_field(line) != "TYPE") {
        return {};
    }
    const auto name = next_field(line);
    const auto type = trimmed(line);
    if (!is_metric_name(name) || std::find(types.begin(), types.end(), type) == types.end()) {
        return fail(ErrorCode::malformed, "TYPE must be followed by the name of a metric and a type, such as counter");
    }
    return {};
}

}  // namespace

Result<void> parse_text_line(std::string_view line, const LabelRules& rules, ParsedSample& into) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    into.time.reset();
    into.name = cut_metric_name(line);
    if (into.name.empty()) {
        return fail(ErrorCode::malformed, "a line must begin with the name of a metric");
    }
    VIGIE_CHECK(cut_labels(line, rules, into.labels));
    const auto value_text = next_field(line);
    const auto value = parse_sample_value(value_text);
    if (!value) {
        return fail(ErrorCode::malformed, "'{}' is no number", value_text.substr(0, 64));
    }
    into.value = *value;
    const auto time_text = trimmed(line);
    if (!time_text.empty()) {
        const auto time = number_in<int64_t>(time_text);
        if (!time) {
            return fail(ErrorCode::malformed, "'{}' behind the value is no time in milliseconds",
                        time_text.substr(0, 64));
        }
        into.time = static_cast<double>(*time);
    }
    return {};
}

Result<void> parse_prometheus_text(std::string_view text, const TakeSample& take) {
    static constexpr LabelRules rules{.may_have_blanks = true, .may_escape_any = true};
    ParsedSample sample;
    for (size_t number = 1; !text.empty(); ++number) {
        const auto line = trimmed(next_line(text));
        if (line.empty()) {
            continue;
        }
        const auto read = line[0] == '#' ? check_comment(line) : parse_text_line(line, rules, sample);
        if (!read) {
            return fail(read.error().at(fmt::format("line {}", number)));
        }
        if (line[0] != '#') {
            take(sample);
        }
    }
    return {};
}

}  // namespace vigie::agent
