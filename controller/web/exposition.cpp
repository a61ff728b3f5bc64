#include "controller/web/exposition.hpp"

#include <fmt/format.h>

#include <charconv>

#include "controller/query/literals.hpp"

namespace vigie::controller::web {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ') || text.ends_with('\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// The part before `sign`, which with what follows it is taken off the text.
std::string_view take_part(std::string_view& text, char sign) {
    const auto end = std::min(text.find(sign), text.size());
    const auto part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

// How much the header wants each (RFC 9110, 12.5.1); -1: it does not name it.
struct Wanted {
    double openmetrics = -1;
    double text = -1;
};

void take_range(std::string_view range, Wanted& wanted) {
    const auto type = take_part(range, ';');
    double quality = 1;
    bool is_version_known = true;
    while (!range.empty()) {
        auto parameter = take_part(range, ';');
        const auto name = take_part(parameter, '=');
        if (name == "q" &&
            std::from_chars(parameter.data(), parameter.data() + parameter.size(), quality).ec != std::errc{}) {
            quality = 0;
        }
        is_version_known = is_version_known && (name != "version" || parameter == "1.0.0" || parameter == "0.0.1");
    }
    if (type == "application/openmetrics-text" && is_version_known) {
        wanted.openmetrics = std::max(wanted.openmetrics, quality);
    } else if (type == "text/plain") {
        wanted.text = std::max(wanted.text, quality);
    }
}

// Of a help text or a label's value; quotes only in the latter, and in OpenMetrics in both.
std::string escaped(std::string_view text, bool with_quotes) {
    std::string out;
    for (const char c : text) {
        out += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '"' && with_quotes ? "\\\"" : std::string(1, c);
    }
    return out;
}

std::string_view kind_of(const MetricFamily& family) {
    switch (family.kind) {
        case MetricFamily::Kind::counter:
            return "counter";
        case MetricFamily::Kind::gauge:
            return "gauge";
        case MetricFamily::Kind::histogram:
            return "histogram";
    }
    return "gauge";
}

void put_point(std::string& out, const std::string& name, const MetricPoint& point) {
    out += name;
    for (const auto& [label, value] : point.labels) {
        out += &label == &point.labels.front().first ? '{' : ',';
        out += fmt::format("{}=\"{}\"", label, escaped(value, true));
    }
    out += point.labels.empty() ? " " : "} ";
    out += query::number_text(point.value) + "\n";
}

}  // namespace

Exposition exposition_for(std::string_view accept) {
    Wanted wanted;
    while (!accept.empty()) {
        take_range(take_part(accept, ','), wanted);
    }
    return wanted.openmetrics > 0 && wanted.openmetrics >= wanted.text ? Exposition::openmetrics : Exposition::text;
}

std::string_view content_type_of(Exposition form) {
    return form == Exposition::text ? "text/plain; version=0.0.4; charset=utf-8"
                                    : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string write_metrics(const std::vector<MetricFamily>& families, Exposition form) {
    std::string out;
    for (const auto& family : families) {
        const auto series = family.name + (family.kind == MetricFamily::Kind::counter ? "_total" : "");
        // A family of counters has its name without the suffix in OpenMetrics only.
        const auto& named = form == Exposition::openmetrics ? family.name : series;
        out += fmt::format("# HELP {} {}\n", named, escaped(family.help, form == Exposition::openmetrics));
        out += fmt::format("# TYPE {} {}\n", named, kind_of(family));
        for (const auto& point : family.points) {
            put_point(out, series + point.suffix, point);
        }
    }
    return form == Exposition::openmetrics ? out + "# EOF\n" : out;
}

}  // namespace vigie::controller::web
