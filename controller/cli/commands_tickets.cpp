// tickets: what somebody has to do something about.
#include "controller/cli/commands_tickets.hpp"

#include <ostream>

#include "controller/cli/ticket_page.hpp"

namespace vigie::controller {
namespace {

void add_number(CLI::App* verb, TicketOptions& o) {
    verb->add_option("NUMBER", o.number, "The ticket's number")->required()->check(CLI::Range(int64_t{1}, INT64_MAX));
}

// Options of a ticket's own fields. One that is not given is not said; "-" is nothing, such as nobody.
struct Field {
    const char* option;
    const char* name;
    std::string TicketOptions::*value;
    const char* help;
};
constexpr Field assignee{"--assignee", "assignee", &TicketOptions::assignee, "Who works on it"};
constexpr Field requester{"--requester", "requester", &TicketOptions::requester, "Who asked for it"};
constexpr Field priority{"--priority", "priority", &TicketOptions::priority, "One of the configuration's priorities"};
constexpr Field host{"--host", "host", &TicketOptions::host, "The host that it is about"};
constexpr Field alert{"--alert", "alert", &TicketOptions::alert, "The alert that it is about: its id"};
constexpr Field run{"--run", "run", &TicketOptions::run, "The run that it is about: its id"};
constexpr Field reference{"--reference", "reference", &TicketOptions::reference,
                          "What it is called elsewhere, such as a mail's Message-ID; it is made once"};
constexpr Field status{"--status", "status", &TicketOptions::status, "new, open, pending, resolved or closed"};
constexpr Field title{"--title", "title", &TicketOptions::title, "What it is about, in one line"};
constexpr Field description{"--description", "description", &TicketOptions::description, "All there is to say"};
constexpr Field comment{"--comment", "comment", &TicketOptions::text, "Why, as a comment"};

void add_fields(CLI::App* verb, TicketOptions& o, std::initializer_list<Field> fields) {
    for (const auto& field : fields) {
        verb->add_option(field.option, o.*field.value, field.help);
    }
}
Json said(const CLI::App& verb, const TicketOptions& o, std::initializer_list<Field> fields) {
    auto arguments = Json::object();
    for (const auto& field : fields) {
        if (verb.count(field.option) > 0) {
            const auto& value = o.*field.value;
            arguments[field.name] = value == "-" ? "" : value;
        }
    }
    return arguments;
}

void add_list(CLI::App& noun, TicketOptions& o, const Choose& choose) {
    const auto fields = {status, assignee, requester, priority, host, alert};
    auto* list = noun.add_subcommand("list", "Tickets that are not resolved, newest first");
    list->fallthrough();
    list->callback([=, &o] {
        auto arguments = said(*list, o, {status, assignee, requester, priority, host, alert});
        arguments["limit"] = o.limit;
        if (o.before > 0) {
            arguments["before"] = o.before;
        }
        choose("tickets.list", std::move(arguments), true);
    });
    add_fields(list, o, fields);
    list->get_option("--status")->description("Only with this status, or all");
    list->add_option("--limit", o.limit, "How many at most (50)")->check(CLI::Range(1, 1'000));
    list->add_option("--before", o.before, "Go on behind this ticket")->check(CLI::Range(int64_t{1}, INT64_MAX));
}

// "Name: value", as a mail has them.
Json headers_of(const std::vector<std::string>& words) {
    auto headers = Json::object();
    for (const auto& word : words) {
        const auto colon = word.find(':');
        const auto begin = std::min(word.find_first_not_of(' ', std::min(colon, word.size() - 1) + 1), word.size());
        headers[word.substr(0, colon)] = colon == std::string::npos ? "" : word.substr(begin);
    }
    return headers;
}
void add_headers(CLI::App* verb, TicketOptions& o) {
    verb->add_option("--header", o.headers,
                     "A header of the mail that it is made of, as 'Auto-Submitted: no'; what a program wrote by itself "
                     "is passed over");
}

void add_create(CLI::App& noun, TicketOptions& o, const Choose& choose) {
    auto* create = noun.add_subcommand("create", "Open a ticket");
    create->fallthrough();
    create->callback([=, &o] {
        auto arguments = said(*create, o, {description, requester, assignee, priority, host, alert, run, reference});
        arguments["title"] = o.title;
        if (!o.headers.empty()) {
            arguments["headers"] = headers_of(o.headers);
        }
        choose("tickets.create", std::move(arguments), false);
    });
    add_required(create, "TITLE", o.title, title.help);
    add_fields(create, o, {description, requester, assignee, priority, host, alert, run, reference});
    add_headers(create, o);
}

// The version that somebody saw; without it the one that the controller tells now.
void add_version(CLI::App* verb, TicketOptions& o) {
    verb->add_option("--version", o.version,
                     "The version that you saw: when it is a newer one by now, nothing is changed")
        ->check(CLI::Range(int64_t{1}, INT64_MAX));
}
Json versioned(const TicketOptions& o, Json arguments) {
    arguments["number"] = o.number;
    if (o.version > 0) {
        arguments["version"] = o.version;
    }
    return arguments;
}

void add_changes(CLI::App& noun, TicketOptions& o, const Choose& choose) {
    auto* update = noun.add_subcommand("update", "Change a ticket, unless somebody else did meanwhile");
    update->fallthrough();
    update->callback([=, &o] {
        auto fields =
            said(*update, o,
                 {title, description, requester, assignee, priority, status, host, alert, run, reference, comment});
        choose("tickets.update", versioned(o, std::move(fields)), false);
    });
    add_number(update, o);
    add_version(update, o);
    add_fields(update, o,
               {title, description, requester, assignee, priority, status, host, alert, run, reference, comment});
    auto* close = noun.add_subcommand("close", "Close a ticket, unless somebody changed it meanwhile");
    close->fallthrough();
    close->callback([=, &o] {
        auto arguments = versioned(o, said(*close, o, {comment}));
        arguments["status"] = "closed";
        choose("tickets.update", std::move(arguments), false);
    });
    add_number(close, o);
    add_version(close, o);
    add_fields(close, o, {comment});
    auto* write = noun.add_subcommand("comment", "Write below a ticket");
    write->fallthrough();
    write->callback([=, &o] {
        auto arguments = said(*write, o, {reference});
        arguments["number"] = o.number;
        arguments["text"] = o.text;
        if (!o.headers.empty()) {
            arguments["headers"] = headers_of(o.headers);
        }
        choose("tickets.comment", std::move(arguments), false);
    });
    add_number(write, o);
    add_required(write, "TEXT", o.text, "What there is to say");
    add_fields(write, o, {reference});
    add_headers(write, o);
}

// An answer of another form than this client's release knows is refused, and nothing is made of it.
Result<Json> field_of(const Json& answer, const char* name) {
    if (!answer.is_object() || !answer.contains(name)) {
        return fail(ErrorCode::unsupported, "the controller's answer has no '{}': use the vigie of its release", name);
    }
    return answer.at(name);
}

Result<void> write_export(Request request, const Ask& ask, std::ostream& out) {
    const bool is_csv = request.arguments.value("format", "") == "csv";
    request.arguments = Json::object();
    if (is_csv) {
        out << csv_header();
    }
    for (;;) {
        VIGIE_TRY(const auto answer, ask(request));
        VIGIE_TRY(const auto tickets, field_of(answer, "tickets"));
        for (const auto& ticket : tickets) {
            VIGIE_CHECK(field_of(ticket, "number"));
            out << (is_csv ? csv_of(ticket) : json_line_of(ticket));
        }
        VIGIE_TRY(const auto next, field_of(answer, "next_after"));
        if (!out.flush()) {
            return fail(ErrorCode::io, "the export could not be written: it is not whole");
        }
        if (!next.is_number()) {
            return {};
        }
        request.arguments["after"] = next;
    }
}

}  // namespace

void add_ticket_commands(CLI::App& app, TicketOptions& o, const Choose& choose) {
    auto& noun = add_noun(app, "tickets", "What somebody has to do something about");
    add_list(noun, o, choose);
    add_number(add_verb(noun, "show", "One ticket, its comments and its history",
                        [=, &o] {
                            choose("tickets.show", {{"number", o.number}}, true);
                        }),
               o);
    add_create(noun, o, choose);
    add_changes(noun, o, choose);
    add_verb(noun, "export", "All tickets with their comments, oldest first",
             [=, &o] {
                 if (!o.common->output.empty() || o.common->is_watching) {
                     o.common->refusal = "tickets export takes neither -o nor --watch: say --format json or csv";
                 }
                 choose("tickets.export", {{"format", o.format}}, true);
             })
        ->add_option("--format", o.format, "json (a line for each ticket) or csv")
        ->check(CLI::IsMember({"json", "csv"}));
}

Result<bool> prepare_ticket_request(Request& request, const Ask& ask, std::ostream& out) {
    if (request.verb == "tickets.export") {
        VIGIE_CHECK(write_export(request, ask, out));
        return true;
    }
    if (request.verb == "tickets.update" && !request.arguments.contains("version")) {
        Request look;
        look.verb = "tickets.show";
        look.arguments = {{"number", request.arguments.at("number")}};
        VIGIE_TRY(const auto ticket, ask(look));
        VIGIE_TRY(request.arguments["version"], field_of(ticket, "version"));
    }
    return false;
}

}  // namespace vigie::controller
