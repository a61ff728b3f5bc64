// Which columns each verb's answer has, and the answers that are no table.
#include "controller/cli/render.hpp"

#include <cmath>

#include "controller/cli/columns.hpp"
#include "controller/cli/error_page.hpp"
#include "controller/cli/fields.hpp"
#include "controller/cli/query_page.hpp"
#include "controller/cli/run_page.hpp"
#include "controller/cli/series_page.hpp"
#include "controller/cli/sparkline.hpp"
#include "controller/cli/table.hpp"
#include "controller/cli/ticket_page.hpp"
#include "controller/cli/why_page.hpp"

namespace vigie::controller {
namespace {
std::optional<size_t> width_of(const Look& look) {
    return look.is_terminal && look.format != Format::wide ? std::optional(look.columns) : std::nullopt;
}

std::string bytes_cell(const Json& row, const std::string& field) {
    const auto found = row.find(field);
    return found != row.end() && found->is_number() ? bytes_text(found->get<double>()) : field_text(row, field);
}

Cell cell_of(const Json& row, const Column& column, const Look& look) {
    switch (column.kind) {
        case Kind::state: {
            auto state = field_text(row, column.field);
            const auto tint = tint_of_state(state);
            return Cell{.text = std::move(state), .tint = tint};
        }
        case Kind::age:
            return Cell{.text = age_text(row, column.field, look.now_unix_ms)};
        case Kind::since:  // unlike a last time, one that is not known is no "never"
            return Cell{.text = row.value(column.field, Json()).is_string()
                                    ? age_text(row, column.field, look.now_unix_ms)
                                    : "-"};
        case Kind::number:
            return Cell{.text = field_text(row, column.field), .is_number = true};
        case Kind::bytes:
            return Cell{.text = bytes_cell(row, column.field), .is_number = true};
        case Kind::id: {
            const bool is_short = look.format != Format::wide && row.contains("short_id");
            return Cell{.text = field_text(row, is_short ? "short_id" : column.field)};
        }
        case Kind::tree: {
            const auto depth = std::clamp<int64_t>(row.value("depth", int64_t{0}), 0, 20);
            return Cell{.text = std::string(static_cast<size_t>(2 * depth), ' ') + field_text(row, column.field),
                        .is_flexible = true};
        }
        case Kind::text:
            return Cell{.text = field_text(row, column.field), .is_flexible = true};
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
    return render_table(header, cells, look.is_colored, width_of(look));
}

// What the rows are called by: for `jobs run` the runs that were made.
Result<std::string> render_names(const std::string& verb, const Json& answer) {
    const bool is_start = verb == "jobs.run" && answer.is_object() && answer.contains("runs");
    const bool is_page = verb == "tickets.list" && answer.is_object() && answer.contains("tickets");
    const auto rows = is_start            ? answer["runs"]
                      : is_page           ? answer["tickets"]
                      : answer.is_array() ? answer
                                          : Json::array({answer});
    std::string text;
    for (const auto& row : rows) {
        for (const auto* field : {"id", "snapshot", "host", "name", "check"}) {
            if (row.is_object() && row.contains(field)) {
                text += harmless(field_text(row, field)) + "\n";
                break;
            }
        }
    }
    if (text.empty() && !rows.empty()) {
        return fail(ErrorCode::malformed, "the answer of {} has no names: use -o table, wide or json", verb);
    }
    return text;
}

// Each check a line; what to do about a finding below it. Sentences are wrapped: cut ones would help nobody.
std::string render_findings(const Json& findings, const Look& look) {
    size_t check_width = 0;
    size_t state_width = 0;
    for (const auto& row : findings) {
        check_width = std::max(check_width, display_width(field_text(row, "check")));
        state_width = std::max(state_width, display_width(field_text(row, "state")));
    }
    const auto indent = check_width + state_width + 4;
    const auto room = look.is_terminal ? std::max<size_t>(look.columns, indent + 20) - indent : SIZE_MAX;
    std::string text;
    for (const auto& row : findings) {
        const auto state = harmless(field_text(row, "state"));
        auto lines = wrapped(harmless(field_text(row, "detail")), room);
        for (const auto& line : wrapped(harmless(row.value("advice", "")), room)) {
            lines.push_back(line);
        }
        std::erase(lines, "");
        for (size_t i = 0; i < std::max<size_t>(lines.size(), 1); ++i) {
            const std::string padding(state_width - display_width(state), ' ');
            text += i == 0 ? fmt::format("{:<{}}  {}{}  ", harmless(field_text(row, "check")), check_width,
                                         tinted(state, tint_of_state(state), look.is_colored), padding)
                           : std::string(indent, ' ');
            text += (lines.empty() ? "" : lines[i]) + "\n";
        }
    }
    return text;
}

// The fields that people look for first; the others follow by name.
std::vector<std::string> fields_in_order(const Json& record) {
    std::vector<std::string> fields;
    for (const auto* first : {"id", "alertname", "host", "job", "state", "message", "value", "summary"}) {
        if (record.contains(first)) {
            fields.emplace_back(first);
        }
    }
    for (const auto& [name, value] : record.items()) {
        if (name != "short_id" && std::find(fields.begin(), fields.end(), name) == fields.end()) {
            fields.push_back(name);
        }
    }
    return fields;
}

// A record: its plain fields one a line, then each list of records as an indented table of its own fields.
std::string render_record(const Json& record, const Look& look) {
    const auto fields = fields_in_order(record);
    size_t width = 0;
    for (const auto& name : fields) {
        width = std::max(width, name.size());
    }
    std::string text;
    std::string lists;
    for (const auto& name : fields) {
        const auto& value = record[name];
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

// A run's own fields as a record, then what it printed and what it reported.
std::string render_run(Json run, const Look& look) {
    const auto sections = run_sections(run);
    run.erase("output_tail");
    run.erase("report");
    return render_record(run, look) + sections;
}

// A ticket's own fields as a record, then what was written and done.
std::string render_ticket(Json ticket, const Look& look) {
    const auto sections = ticket_sections(ticket, look);
    for (const auto* field : {"number", "description", "comment_list", "history"}) {
        ticket.erase(field);
    }
    return render_record(ticket, look) + sections;
}

// A kind's own fields as a record, then where its errors came from.
std::string render_errors(Json errors, const Look& look) {
    const auto sections = error_sections(errors, look);
    errors.erase("stack");
    return render_record(errors, look) + sections;
}

// What verify found, and the hash to note elsewhere.
std::string render_verdict(const Json& answer, const Look& look) {
    if (answer.at("is_whole") == true) {
        return fmt::format("{}: {} records up to {}\nhead {}\n", tinted("whole", Tint::good, look.is_colored),
                           field_text(answer, "records"), field_text(answer, "last_seq"), field_text(answer, "head"));
    }
    return fmt::format("{}: {}\n{} records before it are as they were written\n",
                       tinted("not whole", Tint::bad, look.is_colored), harmless(field_text(answer, "finding")),
                       field_text(answer, "records"));
}

std::string render_key(const Json& answer) {
    return fmt::format(
        "{} is made. An admin of the controller adds this below \"operators:\", \"keys:\" of its configuration and\n"
        "reloads it:\n\n- {{name: {}, key: '{}', role: {}}}\n",
        field_text(answer, "file"), field_text(answer, "name"), field_text(answer, "key"), field_text(answer, "role"));
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

Result<std::string> render(const std::string& verb, const Json& answer, const Look& look) {
    if (look.format == Format::json) {
        return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (look.format == Format::name && verb == "series.find") {
        return found_names(answer);
    }
    if (look.format == Format::name) {
        return render_names(verb, answer);
    }
    if (verb == "audit.verify" && answer.is_object()) {
        return render_verdict(answer, look);
    }
    if (verb == "keygen") {
        return render_key(answer);
    }
    if (verb == "series.find") {
        return render_found(answer, look);
    }
    if (verb == "top") {
        return render_top(answer, look);
    }
    if (verb == "query") {
        return render_query(answer, look);
    }
    if (verb == "metrics.show") {
        return render_series(answer, look);
    }
    if (verb == "doctor" && look.format == Format::table && answer.is_array()) {
        return render_findings(answer, look);
    }
    if (verb == "runs.show" && answer.is_object()) {
        return render_run(answer, look);
    }
    if (verb == "tickets.list" && answer.is_object()) {
        return render_rows(columns_of_verbs().find(verb)->second, answer.at("tickets"), look) + more_tickets(answer);
    }
    if (verb.starts_with("tickets.") && answer.is_object()) {
        return render_ticket(answer, look);
    }
    if (verb == "errors.show" && answer.is_object()) {
        return render_errors(answer, look);
    }
    if (verb == "alerts.why" && answer.is_object()) {
        return render_why(answer, look);
    }
    const bool is_start = verb == "jobs.run" && answer.is_object() && answer.contains("runs");
    const auto& rows = is_start ? answer["runs"] : answer;
    const auto columns = columns_of_verbs().find(verb);
    if (columns != columns_of_verbs().end() && rows.is_array()) {
        return render_rows(columns->second, rows, look);
    }
    return answer.is_object() ? render_record(answer, look) : answer.dump() + "\n";
}

}  // namespace vigie::controller
