// Tickets for people, for scripts and for spreadsheets. Texts of others are shown without what steers a terminal.
#pragma once
#include "controller/cli/render.hpp"

namespace vigie::controller {

// A ticket's comments and its history, below its own fields: answers of tickets.show.
std::string ticket_sections(const Json& ticket, const Look& look);
// How to see what a list left out; "" when it is whole.
std::string more_tickets(const Json& answer);

// One line, ASCII.
std::string json_line_of(const Json& ticket);
// RFC 4180: a row for the ticket and one for each comment. A cell that a spreadsheet would take for a formula begins
// with an apostrophe.
std::string csv_header();
std::string csv_of(const Json& ticket);

}  // namespace vigie::controller
