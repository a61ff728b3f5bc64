// The round: wait, send answers, take requests.
#include "controller/link/operator_port.hpp"

#include <sys/resource.h>

#include <array>
#include <atomic>
#include <thread>
#include <unordered_map>

#include "controller/link/mailbox.hpp"
#include "controller/link/operator_sessions.hpp"
#include "protocol/transport/connection_guard.hpp"
#include "protocol/transport/zap.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
constexpr milliseconds round_max{1s};
constexpr int requests_per_round_max = 64;  // then answers get their turn
constexpr size_t header_bytes_max = 32;
// What libzmq keeps for a connection that does not read.
constexpr int queued_messages_max = 2;
// Handshakes of all keys. A few people; agents, on their own port, are thousands.
constexpr int handshakes_per_second_max = 200;

std::unordered_map<std::string, AgentId> table_of(const std::set<std::string>& keys) {
    std::unordered_map<std::string, AgentId> table;
    for (const auto& key : keys) {
        table.emplace(key, AgentId{key});  // User-Id: the key itself
    }
    return table;
}

// Strangers' connections count until they are cut. A process with few descriptors takes fewer: what all ports may have
// must leave the store and the main loop theirs (link_thread.cpp has the agents' part).
constexpr size_t descriptors_share = 8;

size_t room_for_connections(size_t wanted) {
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min<size_t>(wanted, limit.rlim_cur / descriptors_share)
                                                 : wanted;
}
}  // namespace

struct OperatorPort::State {
    State(const OperatorPortOptions& chosen, const Clock& time, OnLine callback, protocol::Context&& sockets)
        : options(chosen),
          clock(time),
          on_line(std::move(callback)),
          context(std::move(sockets)),
          sessions(chosen.limits, protocol::is_open) {}

    const OperatorPortOptions options;
    const Clock& clock;
    const OnLine on_line;
    protocol::KeyTable table;
    protocol::Context context;
    std::unique_ptr<protocol::ZapThread> zap;  // bound before the socket, gone after it
    std::unique_ptr<protocol::RouterSocket> socket;
    std::unique_ptr<protocol::ConnectionGuard> guard;                // gone before the socket
    std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();  // shared with answers under way
    std::set<std::string> keys;
    OperatorSessions sessions;
    std::atomic<uint64_t> cuts = 0;
    std::thread thread;

    Result<void> open(std::set<std::string> known);
    void run();
    void on_received(protocol::Received&& received);
    void answer(const std::string& routing_id, const std::string& header, std::string line);
    void send(const std::string& routing_id, const std::string& header, const std::string& line);
    void replace(std::set<std::string> known);
    void end(const protocol::Connection& connection, const std::string& key, OperatorCut why);
};

Result<void> OperatorPort::State::open(std::set<std::string> known) {
    VIGIE_CHECK(mailbox->open());
    keys = std::move(known);
    table.replace_all(table_of(keys));
    const auto& limits = options.limits;
    VIGIE_TRY(zap, protocol::ZapThread::open(context, table, clock,
                                             {.handshakes_per_second_max = handshakes_per_second_max,
                                              .handshakes_per_key_per_minute_max = limits.handshakes_per_minute_max},
                                             protocol::operators_domain));
    VIGIE_TRY(socket, protocol::RouterSocket::open(context,
                                                   {.endpoint = options.listen,
                                                    .zap_domain = protocol::operators_domain,
                                                    .frame_max = limits.request_max,
                                                    .queued_messages_max = queued_messages_max,
                                                    .is_kept_alive = true},
                                                   options.keys));
    const std::array<protocol::GuardedSocket, 1> guarded{{{*socket, limits.connections_max}}};
    VIGIE_TRY(guard, protocol::ConnectionGuard::open(context, guarded, clock, {.untaken_max = 1_MiB}));
    return {};
}

void OperatorPort::State::run() {
    const std::array<protocol::RouterSocket*, 1> sockets{socket.get()};
    while (!mailbox->is_closed()) {
        protocol::RouterSocket::wait(sockets, mailbox->fd(), round_max);
        for (const auto& command : mailbox->take()) {
            command();
        }
        for (const auto& connection : sessions.end_quiet(clock.mono())) {
            cut(connection);
        }
        for (int i = 0; i < requests_per_round_max; ++i) {
            auto received = socket->receive();
            if (!received) {
                break;
            }
            on_received(std::move(*received));
        }
    }
}

void OperatorPort::State::on_received(protocol::Received&& received) {
    auto& [header, body] = received.frames;
    if (!keys.contains(received.user_id)) {
        cut(received.connection);  // taken out, and its connection ends
        return;
    }
    if (header.size() > header_bytes_max) {
        return end(received.connection, received.user_id, OperatorCut::malformed);
    }
    const auto admission = sessions.admit(received.routing_id, received.user_id, received.connection, clock.mono());
    const bool is_flood = admission.verdict == OperatorSessions::Verdict::flood;
    for (const auto& [key, connection] : admission.to_cut) {
        end(connection, key, is_flood ? OperatorCut::flood : OperatorCut::crowded);
    }
    switch (admission.verdict) {
        case OperatorSessions::Verdict::ask:
            break;
        case OperatorSessions::Verdict::busy:
            return send(received.routing_id, header, options.lines.busy);
        case OperatorSessions::Verdict::slow:
            return send(received.routing_id, header, options.lines.too_often);
        case OperatorSessions::Verdict::flood:
            return;
    }
    // The answer may come when this port is gone: `this` is reached only through the mailbox, which is closed first.
    on_line(std::move(received.user_id), std::move(received.peer_address), std::move(body),
            [this, box = mailbox, id = received.routing_id, number = header](std::string line) {
                box->post([this, id, number, answered = std::move(line)] { answer(id, number, answered); });
            });
}

void OperatorPort::State::answer(const std::string& routing_id, const std::string& header, std::string line) {
    if (!sessions.answered(routing_id, clock.mono())) {
        return;  // it was cut meanwhile
    }
    if (line.size() > options.limits.answer_max.count) {
        line = options.lines.too_large;
    }
    send(routing_id, header, line);
}

void OperatorPort::State::send(const std::string& routing_id, const std::string& header, const std::string& line) {
    if (socket->send(routing_id, header, line) == protocol::Sent::full) {
        // It asks on and on and reads no answer.
        if (const auto session = sessions.end(routing_id)) {
            end(session->connection, session->key, OperatorCut::unread);
        }
    }
}

void OperatorPort::State::end(const protocol::Connection& connection, const std::string& key, OperatorCut why) {
    cut(connection);
    ++cuts;
    if (options.on_cut) {
        options.on_cut(key, why);
    }
}

void OperatorPort::State::replace(std::set<std::string> known) {
    keys = std::move(known);
    for (const auto& connection : sessions.end_all_but(keys)) {
        cut(connection);
    }
}

OperatorPort::OperatorPort(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<OperatorPort>> OperatorPort::open(const OperatorPortOptions& options, std::set<std::string> keys,
                                                         const Clock& clock, OnLine on_line) {
    VIGIE_TRY(auto context, protocol::Context::open(1));
    auto bounded = options;
    bounded.limits.connections_max = room_for_connections(options.limits.connections_max);
    auto state = std::make_unique<State>(bounded, clock, std::move(on_line), std::move(context));
    VIGIE_CHECK(state->open(std::move(keys)));
    return std::unique_ptr<OperatorPort>(new OperatorPort(std::move(state)));
}

OperatorPort::~OperatorPort() {
    stop();
}

void OperatorPort::start() {
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

void OperatorPort::stop() {
    state_->mailbox->close();
    if (state_->thread.joinable()) {
        state_->thread.join();
    }
}

const std::string& OperatorPort::endpoint() const {
    return state_->socket->endpoint();
}

uint64_t OperatorPort::cuts() const {
    return state_->cuts;
}

// The table at once, so that no handshake begins with a key that is gone; the connections on the port's thread.
void OperatorPort::replace_keys(std::set<std::string> keys) {
    state_->table.replace_all(table_of(keys));
    state_->mailbox->post([raw = state_.get(), keys = std::move(keys)] { raw->replace(keys); });
}

}  // namespace vigie::controller
