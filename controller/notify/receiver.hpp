// Whom to tell, and over which channel: one entry of `webhooks` in the controller's configuration, or of a receiver's
// in alertmanager.yml.
#pragma once
#include <map>
#include <string>

#include "controller/routing/channel_config.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::notify {

struct Receiver {
    std::string name;
    std::string url;               // http or https; its path often is a secret: show address_of() instead.
                                   // Of another channel than a webhook only its server matters
    bool is_resolved_sent = true;  // `send_resolved`
    std::map<std::string, std::string> headers;  // such as Authorization: also secret
    milliseconds timeout{10'000};                // for the whole exchange
    std::string ca_file;                         // PEM; "": the system's
    std::string shown_as{};                      // in messages; "": the name
    size_t alerts_max = 0;                       // in one message; 0: no limit
    bool is_of_file = false;                     // of alertmanager.yml: hears what its routes say
    bool is_called_only = false;                 // hears of no alert but when an escalation calls it
    routing::Transport transport{};
    routing::ChannelConfig channel{};  // with its secrets in `texts`; of a webhook without a kind
};

// malformed, naming the receiver, unless the URL is http or https with a host, its headers can be sent and its timeout
// is between 100 ms and 5 min. The message repeats neither the URL nor a header's value.
Result<void> check_receiver(const Receiver& receiver);
// The server that a channel speaks to, as a URL.
std::string server_of(const routing::ChannelConfig& channel);
// The value of an Authorization header for a user and a password (RFC 7617).
std::string basic_authorization(std::string_view user, std::string_view password);
// What may be logged: "https://hooks.example.org:8443/…".
std::string address_of(const std::string& url);

}  // namespace vigie::controller::notify
