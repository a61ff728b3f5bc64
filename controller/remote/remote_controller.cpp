// A DEALER as an agent has it, and one request after the other.
#include "controller/remote/remote_controller.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "shared/loop/resolve.hpp"

namespace vigie::controller {
namespace {
// An answer larger than this is refused by the controller's limit already.
constexpr Bytes answer_bytes_max = 32_MiB;
constexpr milliseconds poll_at_most{100};  // ZeroMQ's descriptors tell of changes, not of states: look again

void wait_for(const protocol::AgentSocket& socket) {
    std::array<pollfd, 2> descriptors{{{socket.fd(), POLLIN, 0}, {socket.event_fd(), POLLIN, 0}}};
    if (!socket.has_more() && !socket.has_event()) {
        poll(descriptors.data(), descriptors.size(), static_cast<int>(poll_at_most.count()));
    }
}
}  // namespace

Result<std::unique_ptr<RemoteController>> RemoteController::open(RemoteDoor door, const Clock& clock,
                                                                 RemoteLimits limits) {
    VIGIE_CHECK(parse_endpoint(door.endpoint));
    VIGIE_TRY(auto key, load_operator_key(door.key_file));
    if (!door.controller_key.empty()) {
        key.controller_key = door.controller_key;
    }
    if (!protocol::is_key_text(key.controller_key)) {
        return fail(
            ErrorCode::malformed,
            "{}: which public key has the controller? Give --controller-key, or add the line \"controller KEY\" "
            "to the file; vigie status on the controller's machine shows it",
            door.key_file);
    }
    VIGIE_TRY(auto context, protocol::Context::open(1));
    return std::unique_ptr<RemoteController>(
        new RemoteController(std::move(door), std::move(key), std::move(context), clock, limits));
}

Error RemoteController::error_of(const protocol::SocketEvent& event) const {
    if (event.kind == protocol::SocketEvent::Kind::refused) {
        return {
            ErrorCode::denied,
            fmt::format("the controller at {} does not let in the key {}: an admin adds it under operators: keys: of "
                        "the controller's configuration, as vigie keygen printed it, and reloads the controller",
                        door_.endpoint, key_.keys.public_key)};
    }
    if (event.is_overload) {
        return {
            ErrorCode::unavailable,
            fmt::format("the controller at {} takes no more connections now: try again in a minute", door_.endpoint)};
    }
    if (event.is_handshake) {
        return {ErrorCode::denied,
                fmt::format("{} answers, but not as a controller with the key {}: is it the port for operators, and is "
                            "that the key that vigie status shows on the controller's machine?",
                            door_.endpoint, key_.controller_key)};
    }
    return {ErrorCode::unavailable,
            fmt::format("no controller can be reached at {}: is it up, does it listen there for operators "
                        "(operators: listen:), and does no firewall stand between?",
                        door_.endpoint)};
}

// What the socket tells that ends the connection.
std::optional<Error> RemoteController::trouble() {
    while (const auto event = socket_->next_event()) {
        if (event->kind != protocol::SocketEvent::Kind::connected) {
            return error_of(*event);
        }
    }
    return std::nullopt;
}

// Each address gets its share of the time, so that one behind a firewall does not use up that of the others. Whoever
// answers and turns us away says more than one who does not answer, and is told.
Result<void> RemoteController::connect() {
    const auto addresses = resolve_all_now(door_.endpoint);
    if (!addresses) {
        return fail(ErrorCode::unavailable, "{}", addresses.error().message);
    }
    const auto deadline = clock_.mono() + limits_.connect_max;
    std::optional<Error> told;
    for (size_t i = 0; i < addresses->size(); ++i) {
        const auto now = clock_.mono();
        const auto share = (std::max(deadline, now) - now) / static_cast<int64_t>(addresses->size() - i);
        auto connected = connect_to((*addresses)[i], now + share);
        if (connected) {
            return {};
        }
        if (!told || told->code != ErrorCode::denied) {
            told = std::move(connected.error());
        }
    }
    return fail(std::move(*told));
}

Result<void> RemoteController::connect_to(const std::string& address, MonoTime deadline) {
    VIGIE_TRY(socket_,
              protocol::AgentSocket::open(
                  context_, {.endpoint = address, .server_key = key_.controller_key, .frame_max = answer_bytes_max},
                  key_.keys));
    do {
        if (const auto event = socket_->next_event()) {
            if (event->kind == protocol::SocketEvent::Kind::connected) {
                return {};
            }
            return fail(error_of(*event));
        }
        wait_for(*socket_);
    } while (clock_.mono() < deadline);
    return fail(ErrorCode::timed_out, "{} did not answer within {}: does a firewall stand between?", door_.endpoint,
                format_duration(limits_.connect_max));
}

Result<std::string> RemoteController::exchange(const std::string& line) {
    const auto number = std::to_string(++asked_);
    const auto deadline = clock_.mono() + limits_.answer_max;
    bool is_sent = false;
    while (clock_.mono() < deadline) {
        is_sent = is_sent || socket_->send(number, line);
        while (auto answer = socket_->receive()) {
            if (answer->header == number) {
                return std::move(answer->body);
            }
        }
        if (const auto error = trouble()) {
            return fail(ErrorCode::unavailable, "the controller at {} ended the connection without an answer",
                        door_.endpoint);
        }
        wait_for(*socket_);
    }
    return fail(ErrorCode::timed_out, "the controller at {} gave no answer within {}", door_.endpoint,
                format_duration(limits_.answer_max));
}

Result<Json> RemoteController::ask(const Request& request) {
    // A connection that ended between two questions of --watch is made anew; one that fails under a question is told,
    // since what was asked may have been done.
    if (socket_ && trouble()) {
        socket_.reset();
    }
    if (!socket_) {
        if (auto connected = connect(); !connected) {
            socket_.reset();
            return fail(std::move(connected.error()));
        }
    }
    auto line = exchange(encode_request(request));
    if (!line) {
        socket_.reset();
        return fail(std::move(line.error()));
    }
    return decode_answer(*line);
}

}  // namespace vigie::controller
