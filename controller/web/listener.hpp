// The socket that the HTTP server listens on.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"

namespace vigie::controller::web {

// Where to listen: a plain address, as names may have several.
struct ListenAddress {
    std::string address;  // 127.0.0.1, ::1
    uint16_t port = 0;    // 0 takes a free one
    bool is_loopback = false;
};
// ADDRESS:PORT, an IPv6 address in brackets; localhost is 127.0.0.1.
Result<ListenAddress> parse_listen_address(std::string_view text);

struct Listener {
    Fd socket;
    std::string endpoint;  // with the real port
};
// Errors name the address.
Result<Listener> listen_on(const ListenAddress& where);

}  // namespace vigie::controller::web
