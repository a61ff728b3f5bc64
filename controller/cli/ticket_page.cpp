#include "controller/cli/ticket_page.hpp"

#include "controller/cli/fields.hpp"
#include "controller/cli/table.hpp"

namespace vigie::controller {
namespace {

std::string text_at(const Json& row, const char* field) {
    const auto found = row.find(field);
    return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string shown_lines(std::string_view text, const Look& look) {
    const size_t room = look.is_terminal ? std::max<size_t>(look.columns, 24) - 2 : SIZE_MAX;
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto line = text.substr(at, end - at);
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        for (const auto& piece : wrapped(harmless(line), room)) {
            out += fmt::format("  {}\n", piece);
        }
        at = end + 1;
    }
    return out;
}

std::string sentence_of(const Json& change) {
    auto text = fmt::format("{}  {} {}", harmless(text_at(change, "at")), harmless(text_at(change, "author")),
                            harmless(text_at(change, "what")));
    for (const auto& field : change.value("fields", Json::array())) {
        text += fmt::format(", {}: '{}' -> '{}'", harmless(text_at(field, "field")), harmless(text_at(field, "from")),
                            harmless(text_at(field, "to")));
    }
    return text;
}

// Line breaks stay: a cell may have several lines. Other control characters are shown.
std::string cell_text(const std::string& text) {
    std::string out;
    for (size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto line = text.substr(at, end - at);
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        out += (at == 0 ? "" : "\n") + harmless(line);
        at = end + 1;
    }
    return out;
}

std::string csv_cell(const std::string& text) {
    auto cell = cell_text(text);
    // A spreadsheet reads these as the beginning of a formula; it may pass over spaces before them.
    const auto first = cell.find_first_not_of(" \n");
    if (first != std::string::npos && std::string_view("=+-@").find(cell[first]) != std::string_view::npos) {
        cell.insert(0, "'");
    }
    if (cell.find_first_of(",\"\n;") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return quoted + "\"";
}

std::string csv_row(const std::vector<std::string>& cells) {
    std::string row;
    for (const auto& cell : cells) {
        row += (row.empty() ? "" : ",") + csv_cell(cell);
    }
    return row + "\r\n";
}

// "" for none, where labels_text() has a dash for people.
std::string labels_cell(const Json& labels) {
    return labels.empty() ? "" : labels_text(labels);
}

std::string number_at(const Json& row, const char* field) {
    const auto found = row.find(field);
    return found != row.end() && found->is_number() ? found->dump() : std::string();
}

}  // namespace

std::string ticket_sections(const Json& ticket, const Look& look) {
    std::string text;
    if (const auto description = text_at(ticket, "description"); !description.empty()) {
        text += "\ndescription\n" + shown_lines(description, look);
    }
    const auto comments = ticket.value("comment_list", Json::array());
    const auto all = ticket.value("comments", uint64_t{0});
    if (!comments.empty()) {
        text += fmt::format("\ncomments{}\n", all > comments.size() ? fmt::format(" (the last {} of {}; an export has "
                                                                                  "all)",
                                                                                  comments.size(), all)
                                                                    : "");
    }
    for (const auto& comment : comments) {
        text += fmt::format("{}  {}\n{}", harmless(text_at(comment, "at")), harmless(text_at(comment, "author")),
                            shown_lines(text_at(comment, "text"), look));
    }
    const auto history = ticket.value("history", Json::array());
    text += history.empty() ? "" : "\nhistory\n";
    for (const auto& change : history) {
        text += sentence_of(change) + "\n";
    }
    return text;
}

std::string more_tickets(const Json& answer) {
    const auto next = answer.find("next_before");
    return next != answer.end() && next->is_number() ? fmt::format("… more with --before {}\n", next->dump()) : "";
}

std::string json_line_of(const Json& ticket) {
    return ticket.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::string csv_header() {
    return csv_row({"number", "kind", "at", "author", "title", "text", "status", "priority", "assignee", "host",
                    "alert", "run", "labels", "follows", "resolved_at"});
}

std::string csv_of(const Json& ticket) {
    const auto number = number_at(ticket, "number");
    const auto title = text_at(ticket, "title");
    auto rows = csv_row({number, "ticket", text_at(ticket, "created_at"), text_at(ticket, "requester"), title,
                         text_at(ticket, "description"), text_at(ticket, "status"), text_at(ticket, "priority"),
                         text_at(ticket, "assignee"), text_at(ticket, "host"), text_at(ticket, "alert"),
                         text_at(ticket, "run"), labels_cell(ticket.value("labels", Json::object())),
                         number_at(ticket, "follows"), text_at(ticket, "resolved_at")});
    for (const auto& comment : ticket.value("comment_list", Json::array())) {
        rows += csv_row({number, "comment", text_at(comment, "at"), text_at(comment, "author"), title,
                         text_at(comment, "text"), "", "", "", "", "", "", "", "", ""});
    }
    return rows;
}

}  // namespace vigie::controller
