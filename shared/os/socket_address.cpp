// inet_pton(3) and unix(7).
#include "shared/os/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

namespace vigie {

Result<SocketAddress> numeric_address(const std::string& host, uint16_t port) {
    SocketAddress address;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &v4.sin_addr) == 1) {
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
        return address;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
        return address;
    }
    return fail(ErrorCode::malformed, "'{}' is neither an IP address nor localhost: names are not looked up here",
                host);
}

Result<SocketAddress> unix_address(const std::string& path) {
    SocketAddress address;
    sockaddr_un name{};
    if (path.empty() || path.size() >= sizeof name.sun_path) {
        return fail(ErrorCode::too_large, "{}: a socket's path has from 1 to {} bytes", path, sizeof name.sun_path - 1);
    }
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    std::memcpy(&address.storage, &name, sizeof name);
    address.size = sizeof name;
    return address;
}

}  // namespace vigie
