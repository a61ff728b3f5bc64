// Which columns each verb's answer has.
#include "controller/cli/render.hpp"

#include <cmath>

#include "controller/cli/fields.hpp"
#include "controller/cli/sparkline.hpp"
#include "controller/cli/table.hpp"

namespace vigie::controller {
namespace {

enum class Kind { text, state, age, number };

struct Column {
    std::string title;
    std::string field;
    Kind kind = Kind::text;
    bool is_wide_only = false;
};

const std::map<std::string, std::vector<Column>, std::less<>>& columns_of_verbs() {
    static const std::map<std::string, std::vector<Column>, std::less<>> columns{
        {"hosts.list",
         {{"HOST", "host"},
          {"STATE", "state", Kind::state},
          {"HEARD", "last_heard_at", Kind::age},
          {"VERSION", "agent_version"},
          {"LABELS", "labels"},
          {"SKEW MS", "clock_skew_ms", Kind::number, true},
          {"JOBS", "jobs", Kind::text, true},
          {"ENROLLED", "enrolled_at", Kind::age, true}}},
        {"metrics.list",
         {{"NAME", "name"}, {"LABELS", "labels"}, {"VALUE", "value", Kind::number}, {"READ", "at", Kind::age}}},
        {"alerts.list",
         {{"ID", "id"},
          {"STATE", "state", Kind::state},
          {"ALERT", "alertname"},
          {"VALUE", "value", Kind::number},
          {"SINCE", "active_since", Kind::age},
          {"SUMMARY", "summary"},
          {"LABELS", "labels", Kind::text, true}}},
        {"jobs.list",
         {{"SCHEDULE", "name"},
          {"JOB", "job"},
          {"WHEN", "when"},
          {"HOSTS", "hosts"},
          {"NEXT", "next_at", Kind::age},
          {"MISFIRE", "misfire", Kind::text, true}}},
        {"runs.list",
         {{"RUN", "id"},
          {"HOST", "host"},
          {"JOB", "job"},
          {"STATE", "state", Kind::state},
          {"SCHEDULED", "scheduled_at", Kind::age},
          {"TOOK", "took"},
          {"MESSAGE", "message"},
          {"EXIT", "exit_code", Kind::number, true}}},
        {"backups.list",
         {{"SNAPSHOT", "snapshot"},
          {"HOST", "host"},
          {"JOB", "job"},
          {"STATE", "state", Kind::state},
          {"TAKEN", "taken_at", Kind::age},
          {"FILES", "files", Kind::number},
          {"BYTES", "bytes", Kind::number},
          {"ADDED", "bytes_added", Kind::number},
          {"RUN", "run", Kind::text, true}}},
        {"doctor",
         {{"CHECK", "check"}, {"STATE", "state", Kind::state}, {"DETAIL", "detail"}, {"WHAT TO DO", "advice"}}},
    };
    return columns;
}

Cell cell_of(const Json& row, const Column& column, const Look& look) {
    switch (column.kind) {
        case Kind::state: {
            auto state = field_text(row, column.field);
            const auto tint = tint_of_state(state);
            return Cell{std::move(state), tint, false};
        }
        case Kind::age:
            return Cell{age_text(row, column.field, look.now_unix_ms), Tint::none, false};
        case Kind::number:
            return Cell{field_text(row, column.field), Tint::none, true};
        case Kind::text:
            return Cell{field_text(row, column.field), Tint::none, false};
    }
    return {};
}

std::string render_rows(const std::vector<Column>& columns, const Json& rows, const Look& look) {
    if (rows.empty()) {
        return "none\n";
    }
    std::vector<std::string> header;
    std::vector<std::vector<Cell>> cells(rows.size());
    for (const auto& column : columns) {
        if (column.is_wide_only && look.format != Format::wide) {
            continue;
        }
        header.push_back(column.title);
        for (size_t i = 0; i < rows.size(); ++i) {
            cells[i].push_back(cell_of(rows[i], column, look));
        }
    }
    return render_table(header, cells, look.is_colored);
}

std::string render_names(const Json& answer) {
    std::string text;
    for (const auto& row : answer.is_array() ? answer : Json::array({answer})) {
        for (const auto* field : {"id", "snapshot", "host", "name", "check"}) {
            if (row.is_object() && row.contains(field)) {
                text += harmless(field_text(row, field)) + "\n";
                break;
            }
        }
    }
    return text;
}

// A record: its plain fields one a line, then each list of records as an indented table of its own fields.
std::string render_record(const Json& record, const Look& look) {
    size_t width = 0;
    for (const auto& [name, value] : record.items()) {
        width = std::max(width, name.size());
    }
    std::string text;
    std::string lists;
    for (const auto& [name, value] : record.items()) {
        if (value.is_array() && !value.empty() && value.front().is_object()) {
            std::vector<Column> columns;
            for (const auto& [field, ignored] : value.front().items()) {
                columns.push_back({field, field, field == "state" ? Kind::state : Kind::text});
            }
            lists += fmt::format("\n{}\n{}", name, render_rows(columns, value, look));
            continue;
        }
        const auto shown = harmless(field_text(record, name));
        text += fmt::format("{:<{}}  {}\n", name, width,
                            tinted(shown, name == "state" ? tint_of_state(shown) : Tint::none, look.is_colored));
    }
    return text + lists;
}

std::vector<Point> points_of(const Json& list) {
    std::vector<Point> points;
    for (const auto& pair : list) {
        points.push_back(Point{pair.at(0).get<int64_t>(), pair.at(1).is_number() ? pair.at(1).get<double>() : NAN});
    }
    return points;
}

std::string render_series(const Json& answer, const Look& look) {
    std::string text;
    const auto from = answer.value("from_unix_ms", int64_t{0});
    const auto to = answer.value("to_unix_ms", int64_t{0});
    for (const auto& series : answer.at("series")) {
        const auto points = points_of(series.at("points"));
        if (points.empty()) {
            continue;
        }
        auto low = points.front().value;
        auto high = low;
        for (const auto& point : points) {
            low = std::fmin(low, point.value);  // of a number and NaN: the number
            high = std::fmax(high, point.value);
        }
        text += fmt::format("{} {}\n{}\nnow {}  min {}  max {}  ({} samples)\n\n", answer.value("name", ""),
                            harmless(labels_text(series.at("labels"))),
                            sparkline(points, from, to, std::min<size_t>(look.columns, 80)),
                            number_text(points.back().value), number_text(low), number_text(high), points.size());
    }
    return text.empty() ? "no samples in this time\n" : text;
}

}  // namespace

std::string render(const std::string& verb, const Json& answer, const Look& look) {
    if (look.format == Format::json) {
        return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (look.format == Format::name) {
        return render_names(answer);
    }
    if (verb == "metrics.show") {
        return render_series(answer, look);
    }
    const auto columns = columns_of_verbs().find(verb);
    if (columns != columns_of_verbs().end() && answer.is_array()) {
        return render_rows(columns->second, answer, look);
    }
    return answer.is_object() ? render_record(answer, look) : answer.dump() + "\n";
}

}  // namespace vigie::controller
