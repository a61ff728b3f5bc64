#include "controller/web/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace vigie::controller::web {
namespace {

// Connections that wait to be accepted. The loop takes them within milliseconds.
constexpr int backlog = 128;

struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

Address address_of(const std::string& text, uint16_t port) {
    Address address;
    if (in6_addr six{}; inet_pton(AF_INET6, text.c_str(), &six) == 1) {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        in.sin6_addr = six;
        std::memcpy(&address.bytes, &in, sizeof in);
        address.size = sizeof in;
    } else if (in_addr four{}; inet_pton(AF_INET, text.c_str(), &four) == 1) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        in.sin_addr = four;
        std::memcpy(&address.bytes, &in, sizeof in);
        address.size = sizeof in;
    }
    return address;
}

bool is_loopback(const Address& address) {
    if (address.bytes.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &address.bytes, sizeof in);
        return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
    }
    sockaddr_in in{};
    std::memcpy(&in, &address.bytes, sizeof in);
    return ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

uint16_t port_of(const sockaddr_storage& bytes) {
    // Both kinds have it at the same place.
    sockaddr_in in{};
    std::memcpy(&in, &bytes, sizeof in);
    return ntohs(in.sin_port);
}

std::string endpoint_of(const std::string& address, uint16_t port) {
    return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                  : fmt::format("[{}]:{}", address, port);
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto port_text = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    ListenAddress where;
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), where.port);
    const bool has_port = !port_text.empty() && error == std::errc{} && end == port_text.data() + port_text.size();
    auto host = text.substr(0, colon);
    const bool has_brackets = host.starts_with('[') && host.ends_with(']');
    host = has_brackets ? host.substr(1, host.size() - 2) : host;
    where.address = host == "localhost" ? "127.0.0.1" : std::string(host);
    const auto address = address_of(where.address, where.port);
    if (!has_port || address.size == 0 || has_brackets != (address.bytes.ss_family == AF_INET6)) {
        return fail(ErrorCode::malformed, "'{}' is no address to listen on: write 127.0.0.1:7414 or [::1]:7414", text);
    }
    where.is_loopback = is_loopback(address);
    return where;
}

Result<Listener> listen_on(const ListenAddress& where) {
    const auto address = address_of(where.address, where.port);
    const auto what = "listen on " + endpoint_of(where.address, where.port);
    Fd socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int yes = 1;
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    // A port that connections of the process before still linger on may be taken again.
    if (!socket || setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) != 0 ||
        listen(socket.get(), backlog) != 0 ||
        getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
        return fail(errno_error(errno, what));
    }
    return Listener{std::move(socket), endpoint_of(where.address, port_of(bound))};
}

}  // namespace vigie::controller::web
