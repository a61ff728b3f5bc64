// Whom to tell: one entry of `receivers` in the controller's configuration.
#pragma once
#include <map>
#include <string>

#include "shared/config/node.hpp"

namespace vigie::controller::notify {

struct Receiver {
    std::string name;
    std::string url;                             // http or https; its path often is a secret: show address_of() instead
    bool is_resolved_sent = true;                // `send_resolved`
    std::map<std::string, std::string> headers;  // such as Authorization: also secret
    milliseconds timeout{10'000};                // for the whole exchange
    std::string ca_file;                         // PEM; "": the system's
};

// {name, url, send_resolved, headers, timeout, ca_file}
Result<Receiver> read_receiver(const config::Node& node, const std::string& file);

// malformed unless http or https with a host. The message does not repeat the URL.
Result<void> check_url(const std::string& url);
// What may be logged: "https://hooks.example.org:8443/…".
std::string address_of(const std::string& url);

}  // namespace vigie::controller::notify
