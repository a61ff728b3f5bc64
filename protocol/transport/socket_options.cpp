// Every option that we depend on, set explicitly.
#include "protocol/transport/socket_options.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <zmq.h>

#include <array>
#include <charconv>

#include "shared/core/assert.hpp"

namespace vigie::protocol {
namespace {
// ZMQ_ZAP_ENFORCE_DOMAIN: in libzmq since 4.3.0 in every build, but its name is only in headers built with drafts.
// Without it a socket with a domain and no ZAP handler lets everyone in.
constexpr int zap_enforce_domain = 93;
// A handshake of ours takes milliseconds; with 1 s a storm of 10,000 agents made all of them fail and try again.
constexpr int handshake_interval_ms = 10'000;
constexpr int connect_timeout_ms = 10'000;
// A CURVE message is its plain text, a flags byte, 16 bytes of MAC, an 8-byte nonce and the word MESSAGE.
constexpr uint64_t curve_overhead_bytes = 33;
}  // namespace

void CloseSocket::operator()(void* socket) const {
    zmq_close(socket);
}

Result<SocketOwner> open_socket(const Context& context, int type, std::string_view what) {
    SocketOwner socket(zmq_socket(context.raw(), type));
    if (!socket) {
        return fail(zmq_error(what));
    }
    return socket;
}

Error zmq_error(std::string_view what) {
    const int number = zmq_errno();
    switch (number) {
        case EADDRINUSE:
            return {ErrorCode::conflict, fmt::format("{}: address already in use", what)};
        case EADDRNOTAVAIL:
        case ENODEV:
            return {ErrorCode::not_found, fmt::format("{}: no such address on this host", what)};
        case EINVAL:
        case EPROTONOSUPPORT:
            return {ErrorCode::malformed, fmt::format("{}: {}", what, zmq_strerror(number))};
        default:
            return {ErrorCode::io, fmt::format("{}: {}", what, zmq_strerror(number))};
    }
}

Result<void> check_endpoint(std::string_view endpoint) {
    const auto colon = endpoint.rfind(':');
    const auto digits = colon == std::string_view::npos ? std::string_view{} : endpoint.substr(colon + 1);
    unsigned port = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool is_port = problem == std::errc{} && end == digits.data() + digits.size() && port <= 65'535;
    if (!endpoint.starts_with("tcp://") || colon <= std::string_view("tcp://").size() || !is_port) {
        return fail(ErrorCode::malformed, "endpoint \"{}\": expected tcp://HOST:PORT", endpoint);
    }
    return {};
}

void set_number(void* socket, int option, int value) {
    VIGIE_ASSERT(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}
void set_number64(void* socket, int option, int64_t value) {
    VIGIE_ASSERT(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}
void set_text(void* socket, int option, const std::string& value) {
    VIGIE_ASSERT(zmq_setsockopt(socket, option, value.data(), value.size()) == 0);
}

int number_of(void* socket, int option) {
    int value = 0;
    size_t size = sizeof value;
    VIGIE_ASSERT(uninterrupted([&] { return zmq_getsockopt(socket, option, &value, &size); }) == 0);
    return value;
}

bool has_readable(void* socket) {
    return (number_of(socket, ZMQ_EVENTS) & ZMQ_POLLIN) != 0;
}

void set_limits(void* socket, Bytes frame_bytes_max, int queued_messages_max) {
    set_number(socket, ZMQ_LINGER, 0);
    set_number64(socket, ZMQ_MAXMSGSIZE, static_cast<int64_t>(frame_bytes_max.count + curve_overhead_bytes));
    set_number(socket, ZMQ_SNDHWM, queued_messages_max);
    set_number(socket, ZMQ_RCVHWM, queued_messages_max);
    set_number(socket, ZMQ_HANDSHAKE_IVL, handshake_interval_ms);
    set_number(socket, ZMQ_CONNECT_TIMEOUT, connect_timeout_ms);
    set_number(socket, ZMQ_HEARTBEAT_IVL, 0);  // they cut links whose reader is merely busy; sessions have their own
}

void set_address_family(void* socket, std::string_view endpoint) {
    // An IPv6 socket would bind and report 127.0.0.1 as [::ffff:127.0.0.1].
    set_number(socket, ZMQ_IPV6, endpoint.find('[') != std::string_view::npos || endpoint.starts_with("tcp://*"));
}

void set_keepalive(void* socket) {
    set_number(socket, ZMQ_TCP_KEEPALIVE, 1);
    set_number(socket, ZMQ_TCP_KEEPALIVE_IDLE, 60);  // seconds
    set_number(socket, ZMQ_TCP_KEEPALIVE_INTVL, 15);
    set_number(socket, ZMQ_TCP_KEEPALIVE_CNT, 4);
}

void set_curve_server(void* socket, const KeyPair& keys, const std::string& zap_domain) {
    set_number(socket, ZMQ_CURVE_SERVER, 1);
    set_text(socket, ZMQ_CURVE_SECRETKEY, keys.secret_key.reveal());
    set_text(socket, ZMQ_ZAP_DOMAIN, zap_domain);
    set_number(socket, zap_enforce_domain, 1);
}

void set_curve_client(void* socket, const KeyPair& keys, const std::string& server_key) {
    set_text(socket, ZMQ_CURVE_SERVERKEY, server_key);
    set_text(socket, ZMQ_CURVE_PUBLICKEY, keys.public_key);
    set_text(socket, ZMQ_CURVE_SECRETKEY, keys.secret_key.reveal());
}

std::string bytes_of(zmq_msg_t& frame) {
    return {static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame)};
}

std::string property_of(zmq_msg_t& frame, const char* name) {
    const char* value = zmq_msg_gets(&frame, name);
    return value == nullptr ? std::string{} : std::string(value);
}

uint64_t wire_bytes_of(size_t frame_bytes) {
    const auto content = frame_bytes + curve_overhead_bytes;
    return content + (content < 256 ? 2 : 9);  // ZMTP: flags, and one byte of length or eight
}

uint16_t peer_port_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (fd < 0 || getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    }
    return address.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port)
                                         : uint16_t{0};
}

// As libzmq asks for it, so that a link-local address has its interface here too.
std::string peer_address_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, NI_MAXHOST> host{};
    const bool is_known = fd >= 0 && getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                          getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(),
                                      nullptr, 0, NI_NUMERICHOST) == 0;
    return is_known ? plain_address(host.data()) : std::string();
}

std::string plain_address(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    return std::string(address.starts_with(mapped) ? address.substr(mapped.size()) : address);
}

}  // namespace vigie::protocol
