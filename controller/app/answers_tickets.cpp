// tickets: list, show, create, update, comment, sync, export.
#include "controller/app/answers_tickets.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/tickets/origin.hpp"

namespace vigie::controller {
namespace {

using tickets::Edit;
using tickets::Ticket;

// What the answers are made from.
struct Desktop {
    const Sources& sources;
    tickets::TicketBook& book;
    const StateStore& store = sources.store;
};

constexpr int64_t listed_max = 1'000;
// About 4 ms of reading; what is further back is asked for with `before`.
constexpr size_t looked_max = 2'000;
// Of the newest; all comments of a ticket are in an export.
constexpr size_t comments_shown_max = 100;
constexpr size_t changes_shown_max = 100;
// An export's answer: about 1 MB, or one ticket with all its comments.
constexpr size_t exported_max = 200;
constexpr size_t exported_bytes_max = 1 << 20;

Json json_of(const Desktop& s, const Ticket& ticket) {
    return tickets::json_of(ticket, s.book.options(), s.sources.clock.wall());
}

template <typename Row>
Json list_of(const std::vector<Row>& rows) {
    auto list = Json::array();
    for (const auto& row : rows) {
        list.push_back(tickets::json_of(row));
    }
    return list;
}

Result<uint64_t> number_of(const Request& request, std::string_view name = "number", int64_t least = 1) {
    VIGIE_TRY(const auto number, request.number(name, std::max<int64_t>(least - 1, 0)));
    if (number < least) {
        return fail(ErrorCode::malformed, "{}: argument '{}' must be a number from {} on", request.verb, name, least);
    }
    return static_cast<uint64_t>(number);
}

Result<Ticket> found(const Desktop& s, uint64_t number) {
    VIGIE_TRY(auto ticket, tickets::find_ticket(s.store, number));
    if (!ticket) {
        return fail(ErrorCode::not_found, "there is no ticket {}: vigie tickets list shows them", number);
    }
    return std::move(*ticket);
}

// An argument that was not given is not said.
Result<std::optional<std::string>> said(const Request& request, std::string_view name) {
    if (!request.arguments.contains(name)) {
        return std::nullopt;
    }
    VIGIE_TRY(auto text, request.text(name));
    return std::optional(std::move(text));
}

Result<std::optional<tickets::Status>> said_status(const Request& request) {
    VIGIE_TRY(const auto word, said(request, "status"));
    if (!word) {
        return std::nullopt;
    }
    const auto status = tickets::status_named(*word);
    if (!status) {
        return fail(ErrorCode::malformed, "status '{}': must be new, open, pending, resolved or closed", *word);
    }
    return status;
}

Result<Edit> edit_of(const Request& request) {
    Edit edit;
    VIGIE_TRY(edit.title, said(request, "title"));
    VIGIE_TRY(edit.description, said(request, "description"));
    VIGIE_TRY(edit.requester, said(request, "requester"));
    VIGIE_TRY(edit.assignee, said(request, "assignee"));
    VIGIE_TRY(edit.priority, said(request, "priority"));
    VIGIE_TRY(edit.host, said(request, "host"));
    VIGIE_TRY(edit.run, said(request, "run"));
    VIGIE_TRY(edit.reference, said(request, "reference"));
    VIGIE_TRY(edit.labels, request.texts("labels"));
    VIGIE_TRY(edit.status, said_status(request));
    return edit;
}

// Ids by their beginnings, as everywhere.
Result<void> complete_links(const Desktop& s, const Request& request, Edit& edit) {
    if (edit.run && !edit.run->empty()) {
        VIGIE_TRY(edit.run, whole_id(s.store, Family::runs, "", *edit.run, "run"));
    }
    VIGIE_TRY(edit.alert, said(request, "alert"));
    if (edit.alert && !edit.alert->empty()) {
        VIGIE_TRY(edit.alert, whole_id(s.store, Family::alerts, "s", *edit.alert, "alert"));
    }
    return {};
}

struct Wanted {
    std::optional<tickets::Status> status;
    bool is_all = false;
    std::string assignee, requester, priority, host, alert;
    std::map<std::string, std::string> labels;

    bool fits(const Ticket& ticket) const {
        const auto is_said = [](const std::string& wish, const std::string& text) {
            return wish.empty() || wish == text;
        };
        const bool has_status = status ? ticket.status == *status : is_all || is_unresolved(ticket.status);
        return has_status && is_said(assignee, ticket.assignee) && is_said(requester, ticket.requester) &&
               is_said(priority, ticket.priority) && is_said(host, ticket.host) &&
               (alert.empty() || ticket.alert.starts_with(alert)) &&
               std::all_of(labels.begin(), labels.end(), [&ticket](const auto& label) {
                   const auto own = ticket.labels.find(label.first);
                   return own != ticket.labels.end() && own->second == label.second;
               });
    }
};

Result<Wanted> wanted_of(const Request& request) {
    Wanted wanted;
    VIGIE_TRY(const auto status, request.text("status"));
    wanted.is_all = status == "all";
    if (!status.empty() && !wanted.is_all) {
        VIGIE_TRY(wanted.status, said_status(request));
    }
    VIGIE_TRY(wanted.assignee, request.text("assignee"));
    VIGIE_TRY(wanted.requester, request.text("requester"));
    VIGIE_TRY(wanted.priority, request.text("priority"));
    VIGIE_TRY(wanted.host, request.text("host"));
    VIGIE_TRY(wanted.alert, request.text("alert"));
    VIGIE_TRY(wanted.labels, request.texts("labels"));
    return wanted;
}

Result<Json> list(const Desktop& s, const Request& request) {
    VIGIE_TRY(const auto wanted, wanted_of(request));
    VIGIE_TRY(const auto limit, request.number("limit", 50));
    if (limit < 1 || limit > listed_max) {
        return fail(ErrorCode::malformed, "--limit {}: must be between 1 and {}", limit, listed_max);
    }
    VIGIE_TRY(const auto before, number_of(request, "before", 0));
    VIGIE_TRY(const auto page,
              tickets::page_of_tickets(s.store, before, static_cast<size_t>(limit), looked_max,
                                       [&wanted](const Ticket& ticket) { return wanted.fits(ticket); }));
    auto rows = Json::array();
    for (const auto& ticket : page.tickets) {
        rows.push_back(json_of(s, ticket));
        rows.back().erase("description");
    }
    return Json{{"tickets", std::move(rows)}, {"next_before", page.next == 0 ? Json(nullptr) : Json(page.next)}};
}

Result<Json> show(const Desktop& s, const Request& request) {
    VIGIE_TRY(const auto number, number_of(request));
    VIGIE_TRY(const auto ticket, found(s, number));
    VIGIE_TRY(const auto comments, tickets::newest_comments(s.store, number, comments_shown_max));
    VIGIE_TRY(const auto changes, tickets::newest_changes(s.store, number, changes_shown_max));
    auto shown = json_of(s, ticket);
    shown["comment_list"] = list_of(comments);
    shown["history"] = list_of(changes);
    return shown;
}

// Oldest first, those behind `after`, with all their comments.
Result<Json> export_some(const Desktop& s, const Request& request) {
    VIGIE_TRY(const auto after, number_of(request, "after", 0));
    auto rows = Json::array();
    std::vector<Ticket> some;
    VIGIE_TRY(some, tickets::tickets_after(s.store, after, exported_max));
    uint64_t next = some.size() == exported_max ? some.back().number : 0;
    size_t bytes = 0;
    for (const auto& ticket : some) {
        VIGIE_TRY(const auto comments, tickets::all_comments(s.store, ticket.number));
        auto row = json_of(s, ticket);
        row["comment_list"] = list_of(comments);
        bytes += ticket.title.size() + ticket.description.size();
        for (const auto& comment : comments) {
            bytes += comment.text.size();
        }
        rows.push_back(std::move(row));
        if (bytes > exported_bytes_max && ticket.number != some.back().number) {
            next = ticket.number;
            break;
        }
    }
    return Json{{"tickets", std::move(rows)}, {"next_after", next == 0 ? Json(nullptr) : Json(next)}};
}

Json answer_of(const Desktop& s, const tickets::Step& step) {
    auto answer = json_of(s, step.ticket);
    if (step.what == "known") {
        answer["note"] = fmt::format("it is so already ({}): nothing was changed", name_of(step.ticket.status));
    }
    auto changed = Json::array();
    for (const auto& field : step.fields) {
        changed.push_back({{"field", field.field}, {"from", field.from}, {"to", field.to}});
    }
    if (!changed.empty()) {
        answer["changed"] = std::move(changed);
    }
    return answer;
}

// The step is made on the committer's thread, with the book that is its own.
void submit_step(const Desktop& s, const Request& request,
                 std::function<Result<tickets::Step>(tickets::TicketBook&, WallTime, StoreBatch&)> make,
                 Desk::Respond respond) {
    submit_change(
        s.sources, request,
        [s, make = std::move(make)](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto step, make(s.book, s.sources.clock.wall(), batch));
            return answer_of(s, step);
        },
        std::move(respond));
}

// What a program wrote by itself changes nothing and is not answered.
Result<std::optional<Json>> ignored(const Request& request) {
    VIGIE_TRY(const auto headers, request.texts("headers"));
    const auto why = tickets::why_automatic(headers);
    return why ? std::optional(Json{{"ignored", "no person wrote it: " + *why}}) : std::nullopt;
}

void create(const Desktop& s, const Request& request, Desk::Respond respond) {
    const auto is_ignored = ignored(request);
    if (!is_ignored || *is_ignored) {
        return respond(is_ignored ? Result<Json>(**is_ignored) : fail(is_ignored.error()));
    }
    auto wish = edit_of(request);
    if (const auto complete = wish ? complete_links(s, request, *wish) : fail(wish.error()); !complete) {
        return respond(fail(complete.error()));
    }
    submit_step(
        s, request,
        [wish = std::move(*wish), author = request.caller.name](auto& book, WallTime now, StoreBatch& batch) {
            return book.create(wish, author, now, batch);
        },
        std::move(respond));
}

void update(const Desktop& s, const Request& request, Desk::Respond respond) {
    const auto number = number_of(request);
    const auto version = number ? number_of(request, "version") : number;
    const auto note = request.text("comment");
    auto edit = edit_of(request);
    if (!version || !note || !edit) {
        return respond(fail(!version ? version.error() : !note ? note.error() : edit.error()));
    }
    if (const auto complete = complete_links(s, request, *edit); !complete) {
        return respond(fail(complete.error()));
    }
    submit_step(
        s, request,
        [number = *number, version = *version, note = *note, edit = std::move(*edit), author = request.caller.name](
            auto& book, WallTime now, StoreBatch& batch) {
            return book.update(number, version, edit, note, author, now, batch);
        },
        std::move(respond));
}

void comment(const Desktop& s, const Request& request, Desk::Respond respond) {
    const auto is_ignored = ignored(request);
    if (!is_ignored || *is_ignored) {
        return respond(is_ignored ? Result<Json>(**is_ignored) : fail(is_ignored.error()));
    }
    const auto number = number_of(request);
    const auto text = request.required_text("text");
    const auto reference = request.text("reference");
    if (!number || !text || !reference) {
        return respond(fail(!number ? number.error() : !text ? text.error() : reference.error()));
    }
    submit_step(
        s, request,
        [number = *number, text = *text, reference = *reference, author = request.caller.name](auto& book, WallTime now,
                                                                                               StoreBatch& batch) {
            return book.comment(number, text, author, now, batch, reference);
        },
        std::move(respond));
}

Result<tickets::Synced> synced_of(const Request& request) {
    tickets::Synced wish;
    VIGIE_TRY(wish.reference, request.required_text("reference"));
    VIGIE_TRY(wish.number, number_of(request, "number", 0));
    VIGIE_TRY(wish.version, number_of(request, "version", 0));
    VIGIE_TRY(wish.edit, edit_of(request));
    VIGIE_TRY(wish.comment, request.text("comment"));
    VIGIE_TRY(wish.comment_reference, request.text("comment_reference"));
    VIGIE_TRY(wish.comment_author, request.text("comment_author"));
    return wish;
}

void sync(const Desktop& s, const Request& request, Desk::Respond respond) {
    auto wish = synced_of(request);
    if (!wish) {
        return respond(fail(wish.error()));
    }
    submit_step(
        s, request,
        [wish = std::move(*wish), author = request.caller.name](auto& book, WallTime now, StoreBatch& batch) {
            return book.sync(wish, author, now, batch);
        },
        std::move(respond));
}

}  // namespace

void add_ticket_answers(Desk& desk, const Sources& sources, tickets::TicketBook& book) {
    const Desktop desktop{sources, book};
    const auto of = [desktop](auto* answer) {
        return [desktop, answer](const Request& r) { return answer(desktop, r); };
    };
    const auto change = [desktop](auto* handler) {
        return [desktop, handler](const Request& r, Desk::Respond respond) { handler(desktop, r, std::move(respond)); };
    };
    desk.answer("tickets.list", Role::viewer,
                {"status", "assignee", "requester", "priority", "host", "alert", "labels", "limit", "before"},
                of(&list));
    desk.answer("tickets.show", Role::viewer, {"number"}, of(&show));
    desk.answer("tickets.export", Role::viewer, {"after"}, of(&export_some));
    desk.change("tickets.create", Role::operator_,
                {"title", "description", "requester", "assignee", "priority", "host", "alert", "run", "reference",
                 "labels", "headers"},
                change(&create));
    desk.change("tickets.update", Role::operator_,
                {"number", "version", "title", "description", "requester", "assignee", "priority", "status", "host",
                 "alert", "run", "reference", "labels", "comment"},
                change(&update));
    desk.change("tickets.comment", Role::operator_, {"number", "text", "reference", "headers"}, change(&comment));
    desk.change("tickets.sync", Role::operator_,
                {"reference", "number", "version", "title", "description", "requester", "assignee", "priority",
                 "status", "host", "labels", "comment", "comment_reference", "comment_author"},
                change(&sync));
}

}  // namespace vigie::controller
