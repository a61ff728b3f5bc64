// How this controller's desk works: what `tickets` of its configuration says.
#pragma once
#include <map>

#include "controller/tickets/promises.hpp"

namespace vigie::controller::tickets {

// Without a configuration: names to choose from, and nothing promised.
std::vector<Priority> default_priorities();

struct Options {
    std::vector<Priority> priorities = default_priorities();  // never empty
    std::string default_priority = "normal";
    std::vector<routing::Matchers> alerts{};  // an alert that one of these matches makes a ticket
    milliseconds reopen_for{std::chrono::hours{72}};
    std::vector<Level> levels{};                          // by `after`
    std::string support{};                                // the receiver that is told of new tickets; "": nobody is
    std::string requester{};                              // that is told of a requester's tickets' status
    std::map<std::string, std::string> requesters{};      // a requester's own receiver instead
    std::string tracker{};                                // that is told of every step but those that came from there
    std::string tracker_token_file{};                     // of whoever posts from there; "": nobody does
    std::string tracker_listen = "127.0.0.1:7415";        // where
    std::string tracker_place{};                          // in the configuration, for messages
    std::string external_url{};                           // in what is told; "": none
    milliseconds kept_for{std::chrono::hours{24 * 800}};  // since the end
};

// nullptr: there is none of that name.
const Priority* find_priority(const Options& options, std::string_view name);
// malformed; names the nearest one, and all that there are.
Error unknown_priority(const Options& options, std::string_view name);

}  // namespace vigie::controller::tickets
