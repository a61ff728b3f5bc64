// Series are written as selectors, so that they can be asked for as they stand.
#include "controller/cli/query_page.hpp"

#include <charconv>
#include <cmath>

#include "controller/cli/fields.hpp"
#include "controller/cli/plot.hpp"
#include "controller/cli/sparkline.hpp"
#include "controller/cli/table.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {
namespace {

constexpr size_t bars_max = 30;

// name{label="value"}.
std::string selector_of(const Json& metric) {
    std::string labels;
    for (const auto& [name, value] : metric.items()) {
        if (name != "__name__") {
            labels += fmt::format("{}{}={}", labels.empty() ? "" : ",", name,
                                  Json(value).dump(-1, ' ', false, Json::error_handler_t::replace));
        }
    }
    const auto name = metric.value("__name__", "");
    return labels.empty() && !name.empty() ? name : name + "{" + labels + "}";
}

// Values are texts, as JSON has no NaN and no infinity.
double value_of(const Json& sample) {
    const auto text = sample.at(1).get<std::string>();
    if (text == "+Inf" || text == "-Inf") {
        return text[0] == '+' ? INFINITY : -INFINITY;
    }
    double value = NAN;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string shown_value(const Json& sample, const Look& look) {
    return look.format == Format::wide ? sample.at(1).get<std::string>() : number_text(value_of(sample));
}

std::optional<size_t> width_of(const Look& look) {
    return look.is_terminal && look.format != Format::wide ? std::optional(look.columns) : std::nullopt;
}

std::string render_vector(const Json& list, const Look& look) {
    if (list.empty()) {
        return "no series at this time\n";
    }
    std::vector<std::vector<Cell>> rows;
    for (const auto& series : list) {
        rows.push_back({Cell{.text = selector_of(series.at("metric")), .is_flexible = true},
                        Cell{.text = shown_value(series.at("value"), look), .is_number = true}});
    }
    return render_table({"SERIES", "VALUE"}, rows, look.is_colored, width_of(look));
}

// The times of all series together.
struct Extent {
    int64_t from = INT64_MAX;
    int64_t to = INT64_MIN;
    int64_t step = INT64_MAX;  // the shortest time between two points

    void take(const std::vector<Point>& points) {
        for (size_t i = 0; i < points.size(); ++i) {
            from = std::min(from, points[i].at_unix_ms);
            to = std::max(to, points[i].at_unix_ms);
            step = i == 0 ? step : std::min(step, points[i].at_unix_ms - points[i - 1].at_unix_ms);
        }
    }
    size_t steps() const { return step == INT64_MAX || step <= 0 ? 1 : static_cast<size_t>((to - from) / step) + 1; }
};

std::vector<PlotLine> lines_of(const Json& list) {
    std::vector<PlotLine> lines;
    for (const auto& series : list) {
        auto& line = lines.emplace_back(PlotLine{selector_of(series.at("metric")), {}});
        for (const auto& sample : series.at("values")) {
            line.points.push_back({std::llround(sample.at(0).get<double>() * 1000), value_of(sample)});
        }
    }
    return lines;
}

std::vector<Cell> row_of(const PlotLine& line, const Extent& extent, const Json& values, const Look& look) {
    auto low = line.points.front().value;
    auto high = low;
    for (const auto& point : line.points) {
        low = std::fmin(low, point.value);  // of a number and NaN: the number
        high = std::fmax(high, point.value);
    }
    const auto width = std::min(bars_max, extent.steps());
    return {Cell{.text = line.name, .is_flexible = true},
            Cell{.text = sparkline(line.points, extent.from, extent.to + 1, width)},
            Cell{.text = number_text(low), .is_number = true}, Cell{.text = number_text(high), .is_number = true},
            Cell{.text = shown_value(values.back(), look), .is_number = true}};
}

std::string render_matrix(const Json& list, const Look& look) {
    const auto lines = lines_of(list);
    Extent extent;
    for (const auto& line : lines) {
        extent.take(line.points);
    }
    if (extent.from > extent.to) {
        return "no samples in this time\n";
    }
    if (look.is_plot) {
        // Steps that are left out are gaps; that times are no exact multiples of the step is none.
        const auto gap = extent.steps() == 1 ? 0 : extent.step + extent.step / 2;
        const auto chart = plot(lines, {.from_unix_ms = extent.from,
                                        .to_unix_ms = extent.to,
                                        .gap_ms = gap,
                                        .columns = look.columns,
                                        .rows = look.rows,
                                        .is_colored = look.is_colored});
        return chart.empty() ? "no finite values in this time\n" : chart;
    }
    std::vector<std::vector<Cell>> rows;
    for (size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].points.empty()) {
            rows.push_back(row_of(lines[i], extent, list[i].at("values"), look));
        }
    }
    const auto text = render_table({"SERIES", "", "MIN", "MAX", "LAST"}, rows, look.is_colored, width_of(look));
    return text + fmt::format("{} to {}, {} steps\n", to_rfc3339(wall_from_unix_ms(extent.from)),
                              to_rfc3339(wall_from_unix_ms(extent.to)), extent.steps());
}

}  // namespace

std::string render_query(const Json& answer, const Look& look) {
    const auto type = answer.at("resultType").get<std::string>();
    const auto& result = answer.at("result");
    if (type == "vector") {
        return render_vector(result, look);
    }
    if (type == "matrix") {
        return render_matrix(result, look);
    }
    return (type == "scalar" ? shown_value(result, look) : harmless(result.at(1).get<std::string>())) + "\n";
}

std::string caret_under(const std::string& expression, const std::string& error) {
    size_t line = 0;
    size_t column = 0;
    const auto* end = error.data() + error.size();
    const auto after_line = std::from_chars(error.data(), end, line);
    if (after_line.ec != std::errc{} || after_line.ptr == end || *after_line.ptr != ':') {
        return "";
    }
    const auto after_column = std::from_chars(after_line.ptr + 1, end, column);
    if (after_column.ec != std::errc{} || after_column.ptr == end || *after_column.ptr != ':' || line == 0 ||
        column == 0) {
        return "";
    }
    size_t start = 0;
    for (; line > 1; --line) {
        const auto feed = expression.find('\n', start);
        if (feed == std::string::npos) {
            return "";
        }
        start = feed + 1;
    }
    auto text = expression.substr(start, expression.find('\n', start) - start);
    std::replace(text.begin(), text.end(), '\t', ' ');
    const auto indent = display_width(harmless(text.substr(0, column - 1)));
    return fmt::format("  {}\n  {}^\n", harmless(text), std::string(indent, ' '));
}

}  // namespace vigie::controller
