// Addresses of sockets, for the calls that want them. Nothing is looked up.
#pragma once
#include <sys/socket.h>

#include <string>

#include "shared/core/error.hpp"

namespace vigie {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
};

// An IPv4 or IPv6 address, or "localhost" for 127.0.0.1. malformed: anything else, such as a name.
Result<SocketAddress> numeric_address(const std::string& host, uint16_t port);
// too_large: a path of more than 107 bytes, which is all that the kernel takes (unix(7)).
Result<SocketAddress> unix_address(const std::string& path);

}  // namespace vigie
