// What is told of a ticket: its JSON, and notices for receivers of the configuration. Pure.
#pragma once
#include <nlohmann/json.hpp>

#include "controller/notify/notice.hpp"
#include "controller/tickets/options.hpp"

namespace vigie::controller::tickets {

// All fields of a ticket but its comments and history; docs/operate/tickets.md lists them.
nlohmann::json json_of(const Ticket& ticket, const Options& options, WallTime now);
nlohmann::json json_of(const Comment& comment);
nlohmann::json json_of(const Change& change);

// "created", "reopened", "status", "escalated", and to the tracker also "changed" and "commented": `event` of the JSON,
// a part of the idempotency key.
struct News {
    std::string event;
    std::string sentence;              // for people, such as "anna: new -> open"
    std::string detail{};              // told apart by the idempotency key, where one version has several
    std::optional<Comment> comment{};  // that was written with it
};
notify::Notice notice_of(const Ticket& ticket, const News& news, const std::string& receiver, const Options& options,
                         WallTime now);

// Who is told of a requester's tickets; "" for nobody.
std::string receiver_of_requester(const Options& options, const std::string& requester);

}  // namespace vigie::controller::tickets
