// Text.
#include "agent/series/text_format.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

std::string_view type_of(std::string_view name) {
    if (name.starts_with("node_netstat_") || name.starts_with("node_vmstat_")) {
        return "untyped";
    }
    const bool is_ours = name.starts_with("node_") || name.starts_with("vigie_") || name.starts_with("container_");
    return !is_ours ? "untyped" : name.ends_with("_total") ? "counter" : "gauge";
}

std::string value_text(double value) {
    return std::isnan(value) ? "NaN" : std::isinf(value) ? (value > 0 ? "+Inf" : "-Inf") : fmt::format("{}", value);
}

struct Line {
    std::string_view name;
    std::string_view key;
    double value;
};

}  // namespace

std::string text_format(const protocol::SampleBatch& batch) {
    std::vector<Line> lines;
    std::string_view schema = batch.schema;
    for (const auto value : batch.values) {
        const auto key = next_line(schema);
        lines.push_back({key.substr(0, key.find('{')), key, value});
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.name < b.name; });
    std::string text;
    std::string_view last;
    for (const auto& line : lines) {
        if (line.name != last) {
            text += fmt::format("# TYPE {} {}\n", line.name, type_of(line.name));
            last = line.name;
        }
        text += fmt::format("{} {}\n", line.key, value_text(line.value));
    }
    return text;
}

}  // namespace vigie::agent
