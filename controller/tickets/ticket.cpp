// What may be written into a ticket, and what each status means.
#include "controller/tickets/ticket.hpp"

#include <algorithm>
#include <array>

#include "shared/core/assert.hpp"

namespace vigie::controller::tickets {
namespace {

constexpr std::array<std::string_view, 5> status_names{"new", "open", "pending", "resolved", "closed"};
// In the history; the text itself is in the ticket and in the comments.
constexpr size_t shown_of_long = 200;

constexpr bool continues(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}
size_t letters_in(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); }));
}
bool is_control(char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}
bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<void> check_title(std::string_view title) {
    if (is_blank(title)) {
        return fail(ErrorCode::malformed, "title: must not be empty");
    }
    if (std::any_of(title.begin(), title.end(), is_control)) {
        return fail(ErrorCode::malformed, "title: must be one line, without control characters");
    }
    if (letters_in(title) > title_letters_max) {
        return fail(ErrorCode::too_large, "title: has {} letters, {} at most", letters_in(title), title_letters_max);
    }
    return {};
}

Result<void> check_text(std::string_view field, std::string_view text) {
    if (text.size() > text_bytes_max) {
        return fail(ErrorCode::too_large, "{}: has {} bytes, {} at most", field, text.size(), text_bytes_max);
    }
    return {};
}

Result<void> add_labels(Labels& labels, const Labels& added) {
    for (const auto& [name, value] : added) {
        VIGIE_CHECK(check_name("label", name));
        VIGIE_CHECK(check_name("label " + name, value));
        if (name.empty()) {
            return fail(ErrorCode::malformed, "label: a name must not be empty");
        }
        if (value.empty()) {
            labels.erase(name);
        } else {
            labels.insert_or_assign(name, value);
        }
    }
    if (labels.size() > labels_max) {
        return fail(ErrorCode::too_large, "labels: {} are too many, {} at most", labels.size(), labels_max);
    }
    return {};
}

std::string text_of(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, value);
    }
    return text;
}

}  // namespace

std::string_view name_of(Status status) {
    return status_names.at(static_cast<size_t>(status) - 1);
}
std::optional<Status> status_named(std::string_view word) {
    const auto found = std::find(status_names.begin(), status_names.end(), word);
    return found == status_names.end() ? std::nullopt
                                       : std::optional(static_cast<Status>(found - status_names.begin() + 1));
}

milliseconds Stopwatch::at(WallTime now) const {
    return counted + (running_since ? std::max(now - *running_since, milliseconds{0}) : milliseconds{0});
}
void Stopwatch::run(bool is_running, WallTime now) {
    if (is_running == running_since.has_value()) {
        return;
    }
    counted = at(now);
    running_since = is_running ? std::optional(now) : std::nullopt;
}

void note_response(Ticket& ticket, WallTime now) {
    if (!ticket.responded_after) {
        ticket.responded_after = ticket.watch.at(now);
    }
}

void set_status(Ticket& ticket, Status status, WallTime now) {
    if (status != Status::new_) {
        note_response(ticket, now);
    }
    if (!is_unresolved(status) && !ticket.resolved_at) {
        ticket.resolved_at = now;
    } else if (is_unresolved(status)) {
        ticket.resolved_at.reset();
    }
    ticket.status = status;
    ticket.watch.run(is_counted(status), now);
}

Result<Ticket> edited(Ticket ticket, const Edit& edit, WallTime now) {
    if (edit.title) {
        VIGIE_CHECK(check_title(*edit.title));
        ticket.title = *edit.title;
    }
    if (edit.description) {
        VIGIE_CHECK(check_text("description", *edit.description));
        ticket.description = *edit.description;
    }
    struct Named {
        std::string_view field;
        const std::optional<std::string>& said;
        std::string& into;
    };
    for (const auto& [field, said, into] :
         {Named{"requester", edit.requester, ticket.requester}, Named{"assignee", edit.assignee, ticket.assignee},
          Named{"priority", edit.priority, ticket.priority}, Named{"host", edit.host, ticket.host},
          Named{"alert", edit.alert, ticket.alert}, Named{"run", edit.run, ticket.run},
          Named{"reference", edit.reference, ticket.reference}}) {
        if (said) {
            VIGIE_CHECK(check_name(field, *said));
            into = *said;
        }
    }
    VIGIE_CHECK(add_labels(ticket.labels, edit.labels));
    if (edit.status && *edit.status != ticket.status) {
        if (*edit.status == Status::new_) {
            return fail(ErrorCode::malformed, "status: what is {} cannot become new again: open it",
                        name_of(ticket.status));
        }
        set_status(ticket, *edit.status, now);
    }
    return ticket;
}

std::vector<FieldChange> differences(const Ticket& before, const Ticket& after) {
    std::vector<FieldChange> fields;
    const auto compare = [&fields](std::string field, std::string_view from, std::string_view to) {
        if (from != to) {
            fields.push_back({std::move(field), shortened(from, shown_of_long), shortened(to, shown_of_long)});
        }
    };
    compare("title", before.title, after.title);
    compare("description", before.description, after.description);
    compare("status", name_of(before.status), name_of(after.status));
    compare("priority", before.priority, after.priority);
    compare("assignee", before.assignee, after.assignee);
    compare("requester", before.requester, after.requester);
    compare("host", before.host, after.host);
    compare("alert", before.alert, after.alert);
    compare("run", before.run, after.run);
    compare("reference", before.reference, after.reference);
    compare("labels", text_of(before.labels), text_of(after.labels));
    return fields;
}

Result<void> check_name(std::string_view field, std::string_view name) {
    if (name.size() > name_bytes_max) {
        return fail(ErrorCode::too_large, "{}: has {} bytes, {} at most", field, name.size(), name_bytes_max);
    }
    if (std::any_of(name.begin(), name.end(), is_control)) {
        return fail(ErrorCode::malformed, "{}: must be one line, without control characters", field);
    }
    return {};
}

Result<void> check_comment(std::string_view text) {
    if (is_blank(text)) {
        return fail(ErrorCode::malformed, "comment: must not be empty");
    }
    return check_text("comment", text);
}

std::string shortened(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return std::string(text);
    }
    auto end = bytes_max;
    for (int i = 0; i < 3 && end > 0 && continues(text[end]); ++i) {  // a letter has four bytes at most
        --end;
    }
    return std::string(text.substr(0, end));
}

std::string as_title(std::string_view text) {
    std::string title;
    size_t letters = 0;
    for (const char byte : text) {
        letters += continues(byte) ? 0 : 1;
        if (letters > title_letters_max) {
            break;
        }
        title += is_control(byte) ? ' ' : byte;
    }
    // Letters of more than four bytes do not exist: this bounds what is no UTF-8.
    return is_blank(title) ? "(no title)" : shortened(title, 4 * title_letters_max);
}

}  // namespace vigie::controller::tickets
