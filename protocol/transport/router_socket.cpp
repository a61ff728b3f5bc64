// ROUTER. With MANDATORY a send to a vanished peer fails instead of disappearing; with DONTWAIT a full one does not
// block.
#include "protocol/transport/router_socket.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <unordered_map>

#include "protocol/transport/socket_options.hpp"
#include "protocol/transport/zap.hpp"

namespace vigie::protocol {
namespace {
constexpr int listen_backlog = 4'096;     // 10,000 agents reconnecting at once overflow the default of 100
constexpr int dropped_in_a_row_max = 64;  // then the caller gets its turn; the poll comes back at once
constexpr size_t polled_sockets_max = 4;
// libzmq closes a listener on its I/O thread, milliseconds after it was told to. The caller's thread waits for it, so
// this may be no longer than a heartbeat can bear: a second.
constexpr int rebind_attempts_max = 100;
constexpr long rebind_pause_ms = 10;

// As many descriptors as the process may have, up to twice what a controller asks for.
size_t descriptors_max() {
    constexpr rlim_t counted_max = 1 << 17;
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min(limit.rlim_cur, counted_max) : counted_max;
}

struct Parts {
    std::array<std::string, 3> frames;
    size_t count = 0;
    std::string user_id;
    std::string key;
    std::string peer_address;
    uint64_t handshake = 0;
    int fd = -1;
    uint64_t wire_bytes = 0;

    // The first frame after a poll has no metadata, so who it is from is read from the last one.
    void take(zmq_msg_t& frame) {
        if (count < frames.size()) {
            frames[count] = bytes_of(frame);
        }
        if (count > 0) {  // the routing id is not of the wire
            wire_bytes += wire_bytes_of(zmq_msg_size(&frame));
            fd = zmq_msg_get(&frame, ZMQ_SRCFD);
        }
        ++count;
        if (zmq_msg_more(&frame) == 0) {
            user_id = property_of(frame, "User-Id");
            key = property_of(frame, key_property);
            peer_address = plain_address(property_of(frame, "Peer-Address"));
            const auto number = property_of(frame, handshake_property);
            std::from_chars(number.data(), number.data() + number.size(), handshake);
        }
    }
    bool is_whole() const { return count == frames.size() && !user_id.empty(); }
};

// A connection by the number of its handshake.
struct Heard {
    uint64_t handshake = 0;
    uint16_t peer_port = 0;
};

// False when nothing waits.
bool receive_parts(void* socket, Parts& parts) {
    bool has_next = true;
    while (has_next) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        const bool got = uninterrupted([&] { return zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT); }) >= 0;
        if (got) {
            parts.take(frame);
        }
        has_next = got && zmq_msg_more(&frame) != 0;
        zmq_msg_close(&frame);
        if (!got) {
            return false;
        }
    }
    return true;
}
}  // namespace

struct RouterSocket::State {
    SocketOwner socket;
    std::string zap_domain;
    std::string endpoint;
    TakenBytes taken{descriptors_max()};
    std::unordered_map<int, Heard> heard;  // by descriptor: the newest connection that a message came by

    Connection connection_of(const Parts& parts);
};

// What waited when its connection ended is read when the descriptor may be another's: that one is not to be cut for it.
// Of a connection's first message only the peer's address tells so: libzmq does not say from which port it came.
Connection RouterSocket::State::connection_of(const Parts& parts) {
    auto& newest = heard[parts.fd];
    if (parts.handshake > newest.handshake) {
        const bool is_same_host = peer_address_of(parts.fd) == parts.peer_address;
        newest = {.handshake = parts.handshake, .peer_port = is_same_host ? peer_port_of(parts.fd) : uint16_t{0}};
    }
    const bool is_newest = parts.handshake == newest.handshake;
    return {.fd = parts.fd, .peer_port = is_newest ? newest.peer_port : uint16_t{0}};
}

RouterSocket::RouterSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
RouterSocket::~RouterSocket() = default;

Result<std::unique_ptr<RouterSocket>> RouterSocket::open(const Context& context, const RouterSocketOptions& options,
                                                         const KeyPair& keys) {
    VIGIE_CHECK(public_key_of(keys.secret_key));
    VIGIE_CHECK(check_endpoint(options.endpoint));
    if (options.zap_domain.empty()) {
        return fail(ErrorCode::malformed, "listen on {}: without a ZAP domain every key would be let in",
                    options.endpoint);
    }
    auto state = std::make_unique<State>();
    state->zap_domain = options.zap_domain;
    const auto what = fmt::format("listen on {}", options.endpoint);
    VIGIE_TRY(state->socket, open_socket(context, ZMQ_ROUTER, what));
    void* socket = state->socket.get();
    set_limits(socket, options.frame_max, options.queued_messages_max);
    set_address_family(socket, options.endpoint);
    set_number(socket, ZMQ_BACKLOG, listen_backlog);
    set_number(socket, ZMQ_ROUTER_MANDATORY, 1);
    set_number(socket, ZMQ_ROUTER_HANDOVER, 0);  // with it a peer could take over another's messages
    if (options.is_kept_alive) {
        set_keepalive(socket);
    }
    set_curve_server(socket, keys, options.zap_domain);
    if (uninterrupted([&] { return zmq_bind(socket, options.endpoint.c_str()); }) != 0) {
        return fail(zmq_error(what));
    }
    std::array<char, 256> endpoint{};
    size_t size = endpoint.size();
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint.data(), &size) != 0) {
        return fail(zmq_error(what));
    }
    state->endpoint = endpoint.data();
    return std::unique_ptr<RouterSocket>(new RouterSocket(std::move(state)));
}

const std::string& RouterSocket::endpoint() const {
    return state_->endpoint;
}

Sent RouterSocket::send(std::string_view routing_id, std::string_view header, std::string_view body) {
    void* socket = state_->socket.get();
    const std::array<std::string_view, 3> frames{routing_id, header, body};
    for (size_t i = 0; i < frames.size(); ++i) {
        const int flags = ZMQ_DONTWAIT | (i + 1 < frames.size() ? ZMQ_SNDMORE : 0);
        if (uninterrupted([&] { return zmq_send(socket, frames[i].data(), frames[i].size(), flags); }) < 0) {
            return zmq_errno() == EAGAIN ? Sent::full : Sent::gone;
        }
    }
    return Sent::taken;
}

std::optional<Received> RouterSocket::receive() {
    for (int i = 0; i < dropped_in_a_row_max; ++i) {
        Parts parts;
        if (!receive_parts(state_->socket.get(), parts)) {
            return std::nullopt;
        }
        const auto connection = state_->connection_of(parts);
        if (is_open(connection)) {
            state_->taken.add(parts.fd, parts.wire_bytes);
        }
        if (parts.is_whole()) {
            return Received{.routing_id = std::move(parts.frames[0]),
                            .user_id = std::move(parts.user_id),
                            .key = std::move(parts.key),
                            .peer_address = std::move(parts.peer_address),
                            .connection = connection,
                            .frames = {.header = std::move(parts.frames[1]), .body = std::move(parts.frames[2])}};
        }
        ++dropped_;
    }
    return std::nullopt;
}

// A listener keeps the options that the socket had when it was bound.
Result<void> RouterSocket::use_keys(const KeyPair& keys) {
    VIGIE_CHECK(public_key_of(keys.secret_key));
    void* socket = state_->socket.get();
    const auto what = fmt::format("listen on {} with another key", state_->endpoint);
    // ENOENT: an attempt before this one has ended the listener already.
    if (uninterrupted([&] { return zmq_unbind(socket, state_->endpoint.c_str()); }) != 0 && zmq_errno() != ENOENT) {
        return fail(zmq_error(what));
    }
    set_curve_server(socket, keys, state_->zap_domain);
    for (int i = 0; i < rebind_attempts_max; ++i) {
        if (uninterrupted([&] { return zmq_bind(socket, state_->endpoint.c_str()); }) == 0) {
            return {};
        }
        if (zmq_errno() != EADDRINUSE) {
            break;
        }
        zmq_poll(nullptr, 0, rebind_pause_ms);
    }
    return fail(zmq_error(what));
}

Result<void> RouterSocket::monitor_connections(const std::string& name) {
    constexpr int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED;
    if (uninterrupted([&] { return zmq_socket_monitor(state_->socket.get(), name.c_str(), events); }) != 0) {
        return fail(zmq_error(fmt::format("watch the connections of {}", state_->endpoint)));
    }
    return {};
}

void RouterSocket::stop_monitoring() {
    zmq_socket_monitor(state_->socket.get(), nullptr, 0);
}

const TakenBytes& RouterSocket::taken() const {
    return state_->taken;
}

void RouterSocket::wait(std::span<RouterSocket* const> sockets, int wake_fd, milliseconds timeout) {
    std::array<zmq_pollitem_t, polled_sockets_max + 1> items{};
    size_t count = 0;
    items[count++] = {nullptr, wake_fd, ZMQ_POLLIN, 0};
    for (auto* socket : sockets.first(std::min(sockets.size(), polled_sockets_max))) {
        items[count++] = {socket->state_->socket.get(), 0, ZMQ_POLLIN, 0};
    }
    zmq_poll(items.data(), static_cast<int>(count), static_cast<long>(std::max<int64_t>(timeout.count(), 0)));
}

bool is_open(const Connection& connection) {
    return connection.peer_port != 0 && peer_port_of(connection.fd) == connection.peer_port;
}

bool cut(const Connection& connection) {
    return is_open(connection) && shutdown(connection.fd, SHUT_RDWR) == 0;
}

}  // namespace vigie::protocol
