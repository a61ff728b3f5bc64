// Whom to tell: one entry of `webhooks` in the controller's configuration.
#pragma once
#include <map>
#include <string>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::notify {

struct Receiver {
    std::string name;
    std::string url;                             // http or https; its path often is a secret: show address_of() instead
    bool is_resolved_sent = true;                // `send_resolved`
    std::map<std::string, std::string> headers;  // such as Authorization: also secret
    milliseconds timeout{10'000};                // for the whole exchange
    std::string ca_file;                         // PEM; "": the system's
};

// malformed, naming the receiver, unless the URL is http or https with a host, its headers can be sent and its timeout
// is between 100 ms and 5 min. The message repeats neither the URL nor a header's value.
Result<void> check_receiver(const Receiver& receiver);
// What may be logged: "https://hooks.example.org:8443/…".
std::string address_of(const std::string& url);

}  // namespace vigie::controller::notify
