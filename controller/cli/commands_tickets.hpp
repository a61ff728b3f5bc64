// tickets: list, show, create, update, comment, close, export.
#pragma once
#include <iosfwd>

#include "controller/cli/commands.hpp"

namespace vigie::controller {

struct TicketOptions {
    Options* common = nullptr;  // of all commands
    int64_t number = 0;
    int64_t version = 0;
    int64_t before = 0;
    int64_t limit = 50;
    std::string title;
    std::string description;
    std::string requester;
    std::string assignee;
    std::string priority;
    std::string status;
    std::string host;
    std::string alert;
    std::string run;
    std::string reference;
    std::string text;
    std::string format = "json";
    std::vector<std::string> headers;
};
void add_ticket_commands(CLI::App& app, TicketOptions& options, const Choose& choose);

using Ask = std::function<Result<Json>(const Request&)>;
// What takes more than one question. An update that names no version is asked for with the one that the ticket has, so
// that a change between the two questions is not overwritten. An export is asked for page by page and written to `out`.
// True: all is done.
Result<bool> prepare_ticket_request(Request& request, const Ask& ask, std::ostream& out);

}  // namespace vigie::controller
