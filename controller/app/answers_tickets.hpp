// The operators' verbs about tickets.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/tickets/book.hpp"

namespace vigie::controller {

// `book`: confined to the thread that commits what is submitted to sources.commits. All outlive the desk.
void add_ticket_answers(Desk& desk, const Sources& sources, tickets::TicketBook& book);

}  // namespace vigie::controller
