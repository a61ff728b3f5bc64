// DEALER with a monitor: libzmq tells of handshakes only through a second socket.
#include "protocol/transport/agent_socket.hpp"

#include <zmq.h>

#include <array>
#include <atomic>
#include <cstring>

#include "protocol/transport/socket_options.hpp"

namespace vigie::protocol {
namespace {
// The outbox holds what is not sent; this much under way is enough for the credit of a session.
constexpr int queued_messages_max = 512;
constexpr int dropped_in_a_row_max = 64;  // then others on the loop get their turn
constexpr int watched_events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                               ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED;

std::string unique_monitor_name() {
    static std::atomic<uint64_t> number{0};
    return fmt::format("inproc://vigie-monitor-{}", number.fetch_add(1));
}

SocketEvent event_from(std::string_view bytes) {
    uint16_t event = 0;
    uint32_t value = 0;
    std::memcpy(&event, bytes.data(), sizeof event);
    std::memcpy(&value, bytes.data() + sizeof event, sizeof value);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        return {.kind = SocketEvent::Kind::connected};
    }
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 400) {
        return {.kind = SocketEvent::Kind::refused};
    }
    return {.kind = SocketEvent::Kind::disconnected,
            .is_handshake = event != ZMQ_EVENT_CLOSED && event != ZMQ_EVENT_DISCONNECTED,
            .is_unanswered = event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
            .is_overload = event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH};
}
}  // namespace

struct AgentSocket::State {
    std::string monitor_name;
    SocketOwner monitor;
    SocketOwner socket;  // destroyed first, so that its last events still have a receiver
};

AgentSocket::AgentSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
AgentSocket::~AgentSocket() {
    zmq_socket_monitor(state_->socket.get(), nullptr, 0);
}

Result<std::unique_ptr<AgentSocket>> AgentSocket::open(const Context& context, const AgentSocketOptions& options,
                                                       const KeyPair& keys) {
    if (!is_key_text(options.server_key)) {
        return fail(ErrorCode::malformed, "controller key: not {} characters of Z85", key_text_size);
    }
    VIGIE_CHECK(check_endpoint(options.endpoint));
    auto state = std::make_unique<State>();
    const auto what = fmt::format("connect to {}", options.endpoint);
    VIGIE_TRY(state->socket, open_socket(context, ZMQ_DEALER, what));
    void* socket = state->socket.get();
    set_limits(socket, options.frame_max, queued_messages_max);
    set_address_family(socket, options.endpoint);
    set_number(socket, ZMQ_IMMEDIATE, 1);       // nothing is queued for a peer that is not there
    set_number(socket, ZMQ_RECONNECT_IVL, -1);  // reconnects are ours
    set_curve_client(socket, keys, options.server_key);
    state->monitor_name = unique_monitor_name();
    VIGIE_TRY(state->monitor, open_socket(context, ZMQ_PAIR, what));
    set_limits(state->monitor.get(), 64_KiB, queued_messages_max);
    const auto& monitor_name = state->monitor_name;
    if (uninterrupted([&] { return zmq_socket_monitor(socket, monitor_name.c_str(), watched_events); }) != 0 ||
        uninterrupted([&] { return zmq_connect(state->monitor.get(), monitor_name.c_str()); }) != 0 ||
        uninterrupted([&] { return zmq_connect(socket, options.endpoint.c_str()); }) != 0) {
        return fail(zmq_error(what));
    }
    return std::unique_ptr<AgentSocket>(new AgentSocket(std::move(state)));
}

bool AgentSocket::send(std::string_view header, std::string_view body) {
    void* socket = state_->socket.get();
    const auto send = [socket](std::string_view frame, int flags) {
        return uninterrupted([&] { return zmq_send(socket, frame.data(), frame.size(), ZMQ_DONTWAIT | flags); }) >= 0;
    };
    if (!send(header, ZMQ_SNDMORE)) {
        return false;
    }
    // Once its first frame is taken a message is taken whole, or dropped whole when the peer goes.
    return send(body, 0);
}

std::optional<FramePair> AgentSocket::receive() {
    for (int i = 0; i < dropped_in_a_row_max; ++i) {
        std::array<std::string, 2> kept;
        size_t frames = 0;
        bool has_next = true;
        while (has_next) {
            zmq_msg_t frame;
            zmq_msg_init(&frame);
            if (uninterrupted([&] { return zmq_msg_recv(&frame, state_->socket.get(), ZMQ_DONTWAIT); }) < 0) {
                zmq_msg_close(&frame);
                return std::nullopt;
            }
            if (frames < kept.size()) {
                kept[frames] = bytes_of(frame);
            }
            ++frames;
            has_next = zmq_msg_more(&frame) != 0;
            zmq_msg_close(&frame);
        }
        if (frames == kept.size()) {
            return FramePair{.header = std::move(kept[0]), .body = std::move(kept[1])};
        }
        ++dropped_;
    }
    return std::nullopt;
}

std::optional<SocketEvent> AgentSocket::next_event() {
    // Two frames: event and value, then the endpoint.
    std::optional<SocketEvent> event;
    bool has_next = true;
    while (has_next) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        const bool got = uninterrupted([&] { return zmq_msg_recv(&frame, state_->monitor.get(), ZMQ_DONTWAIT); }) >= 0;
        if (got && !event && zmq_msg_size(&frame) == 6) {
            event = event_from(bytes_of(frame));
        }
        has_next = got && zmq_msg_more(&frame) != 0;
        zmq_msg_close(&frame);
    }
    return event;
}

int AgentSocket::fd() const {
    return number_of(state_->socket.get(), ZMQ_FD);
}
AgentSocket::Readiness AgentSocket::readiness() const {
    const int events = number_of(state_->socket.get(), ZMQ_EVENTS);
    return {.has_more = (events & ZMQ_POLLIN) != 0, .is_writable = (events & ZMQ_POLLOUT) != 0};
}
bool AgentSocket::has_more() const {
    return readiness().has_more;
}
bool AgentSocket::is_writable() const {
    return readiness().is_writable;
}
int AgentSocket::event_fd() const {
    return number_of(state_->monitor.get(), ZMQ_FD);
}
bool AgentSocket::has_event() const {
    return has_readable(state_->monitor.get());
}

}  // namespace vigie::protocol
