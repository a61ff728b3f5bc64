// Line by line, so that a bad one costs nothing but itself.
#include <set>

#include "agent/collect/textfile.hpp"
#include "agent/series/prometheus_text.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// As node_exporter's own parser: a backslash that escapes nothing is a mistake of the script's.
constexpr LabelRules rules{.may_have_blanks = true, .may_escape_any = false};

Result<TextfileSeries> read_series(std::string_view line, ParsedSample& sample) {
    VIGIE_CHECK(parse_text_line(line, rules, sample));
    if (sample.time) {
        return fail(ErrorCode::unsupported, "something stands after the number: a time of its own is not supported");
    }
    TextfileSeries series{{}, sample.value};
    append_key(series.key, sample.name, sample.labels);
    return series;
}

// A comment (HELP and TYPE: readings have neither) or nothing.
bool has_no_series(std::string_view trimmed_line) {
    return trimmed_line.empty() || trimmed_line[0] == '#';
}

}  // namespace

TextfileReading parse_textfile(std::string_view text, std::string_view file) {
    TextfileReading reading;
    std::set<std::string, std::less<>> seen;
    ParsedSample sample;
    size_t errors = 0;
    for (size_t number = 1; !text.empty(); ++number) {
        const auto line = trimmed(next_line(text));
        if (has_no_series(line)) {
            continue;
        }
        auto series = read_series(line, sample);
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

bool take_values(std::string_view text, std::vector<TextfileSeries>& series) {
    size_t taken = 0;
    while (!text.empty()) {
        auto line = trimmed(next_line(text));
        if (has_no_series(line)) {
            continue;
        }
        if (taken == series.size() || !line.starts_with(series[taken].key)) {
            return false;
        }
        auto& one = series[taken++];
        line.remove_prefix(one.key.size());
        const bool is_whole_key = line.starts_with(' ') || line.starts_with('\t');
        const auto value = is_whole_key ? parse_sample_value(next_field(line)) : std::nullopt;
        if (!value || !trimmed(line).empty()) {
            return false;
        }
        one.value = *value;
    }
    return taken == series.size();
}

}  // namespace vigie::agent
