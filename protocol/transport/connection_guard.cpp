// Monitor events name a descriptor; the peer's port tells one connection on it from the next. Who has spoken, and how
// much was taken from him, the receiving thread notes in the socket's TakenBytes.
#include "protocol/transport/connection_guard.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <thread>
#include <unordered_map>

#include "protocol/transport/socket_options.hpp"
#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"
#include "shared/os/fd.hpp"

namespace vigie::protocol {
namespace {

constexpr size_t sockets_max = 4;
// Events between two of our rounds; libzmq's I/O thread would wait for room.
constexpr int queued_events_max = 100'000;
constexpr int events_per_round_max = 1'024;

struct Watched {
    size_t port = 0;  // which of the sockets
    uint64_t number = 0;
    uint16_t peer_port = 0;
    uint64_t taken_before = 0;  // of earlier connections on this descriptor
    MonoTime since{};
};

// Bytes that the kernel has received on the connection; 0 when it can't say.
uint64_t received_bytes(int fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && size >= offsetof(tcp_info, tcpi_segs_out)
               ? info.tcpi_bytes_received
               : 0;
}

}  // namespace

struct ConnectionGuard::State {
    State(const Clock& time, GuardLimits chosen) : clock(time), limits(chosen) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { stop_monitors(); }

    struct Port {
        RouterSocket* socket = nullptr;
        const TakenBytes* taken = nullptr;
        size_t connections_max = 0;
        bool is_brief = false;
        SocketOwner monitor;
        size_t connections = 0;
        // In the order in which they came. Those that ended or have spoken meanwhile are passed over.
        std::deque<std::pair<int, uint64_t>> silent;
    };

    const Clock& clock;
    const GuardLimits limits;
    log::Throttle lines{.lines_max = 10, .period = 60s};  // anybody may knock: they must not fill the disk
    std::vector<Port> ports;
    std::unordered_map<int, Watched> connections;
    uint64_t last_number = 0;
    MonoTime checked_at{};
    Fd stop;
    std::atomic<uint64_t> now_connected{0};
    std::atomic<uint64_t> cut_crowded{0};
    std::atomic<uint64_t> cut_silent{0};
    std::atomic<uint64_t> cut_endless{0};
    std::thread thread;

    // libzmq's I/O threads would wait for ever for somebody to take the events of a monitor that goes on.
    void stop_monitors() {
        for (const auto& port : ports) {
            port.socket->stop_monitoring();
        }
    }
    Result<void> listen(const Context& context, const GuardedSocket& guarded);
    void run();
    void take_events(size_t port);
    void on_accepted(size_t port, int fd);
    void on_ended(size_t port, int fd);
    void check();
    void check_silent(Port& port, MonoTime now);
    bool has_spoken(int fd, const Watched& one) const {
        const auto& port = ports[one.port];
        return !port.is_brief && port.taken->of(fd) != one.taken_before;
    }
    const std::pair<int, uint64_t>* longest_silent(Port& port);
    void end(int fd, const Watched& one, std::atomic<uint64_t>& count, std::string_view why);
};

Result<void> ConnectionGuard::State::listen(const Context& context, const GuardedSocket& guarded) {
    const auto name = fmt::format("inproc://guard-{}", ports.size());
    VIGIE_CHECK(guarded.socket.monitor_connections(name));
    Port port;
    port.socket = &guarded.socket;
    port.taken = &guarded.socket.taken();
    port.connections_max = guarded.connections_max;
    port.is_brief = guarded.is_brief;
    VIGIE_TRY(port.monitor, open_socket(context, ZMQ_PAIR, "connection guard"));
    set_number(port.monitor.get(), ZMQ_LINGER, 0);
    set_number(port.monitor.get(), ZMQ_RCVHWM, queued_events_max);
    if (uninterrupted([&] { return zmq_connect(port.monitor.get(), name.c_str()); }) != 0) {
        return fail(zmq_error("connection guard"));
    }
    ports.push_back(std::move(port));
    return {};
}

void ConnectionGuard::State::run() {
    std::array<zmq_pollitem_t, sockets_max + 1> items{};
    items[0] = {nullptr, stop.get(), ZMQ_POLLIN, 0};
    for (size_t i = 0; i < ports.size(); ++i) {
        items.at(i + 1) = {ports[i].monitor.get(), 0, ZMQ_POLLIN, 0};
    }
    const auto wait_ms = static_cast<long>(limits.check_every.count());
    while (zmq_poll(items.data(), static_cast<int>(ports.size() + 1), wait_ms) >= 0 || zmq_errno() == EINTR) {
        if (items[0].revents != 0) {
            return;
        }
        for (size_t i = 0; i < ports.size(); ++i) {
            take_events(i);
        }
        if (clock.mono() - checked_at >= limits.check_every) {
            checked_at = clock.mono();
            check();
        }
        now_connected = connections.size();
    }
}

// An event is two frames: 16 bits of kind and 32 of value, which is the descriptor here; and an address.
void ConnectionGuard::State::take_events(size_t port) {
    void* monitor = ports[port].monitor.get();
    for (int i = 0; i < events_per_round_max; ++i) {
        std::array<char, 6> event{};
        const auto size = uninterrupted([&] { return zmq_recv(monitor, event.data(), event.size(), ZMQ_DONTWAIT); });
        if (size < 0) {
            return;
        }
        std::array<char, 256> address{};
        uninterrupted([&] { return zmq_recv(monitor, address.data(), address.size(), ZMQ_DONTWAIT); });
        if (size != static_cast<int>(event.size())) {
            continue;
        }
        uint16_t kind = 0;
        int32_t fd = -1;
        std::memcpy(&kind, event.data(), sizeof kind);
        std::memcpy(&fd, event.data() + sizeof kind, sizeof fd);
        if (kind == ZMQ_EVENT_ACCEPTED) {
            on_accepted(port, fd);
        } else {
            on_ended(port, fd);
        }
    }
}

void ConnectionGuard::State::on_accepted(size_t port, int fd) {
    auto& own = ports[port];
    const auto peer_port = peer_port_of(fd);
    if (peer_port == 0 || !own.taken->is_counted(fd)) {
        return;  // it has gone again
    }
    if (const auto before = connections.find(fd); before != connections.end()) {
        on_ended(before->second.port, fd);  // its end is still to come from the other socket's monitor
    }
    const Watched one{port, ++last_number, peer_port, own.taken->of(fd), clock.mono()};
    connections.emplace(fd, one);
    own.silent.emplace_back(fd, one.number);
    if (++own.connections <= own.connections_max) {
        return;
    }
    const auto* longest = longest_silent(own);
    const auto victim = longest != nullptr ? longest->first : fd;  // it has spoken since we were told of it
    if (longest != nullptr) {
        own.silent.pop_front();
    }
    end(victim, connections.at(victim), cut_crowded, "too many connections");
}

void ConnectionGuard::State::on_ended(size_t port, int fd) {
    const auto found = connections.find(fd);
    if (found != connections.end() && found->second.port == port) {
        connections.erase(found);
        --ports[port].connections;
    }
}

const std::pair<int, uint64_t>* ConnectionGuard::State::longest_silent(Port& port) {
    while (!port.silent.empty()) {
        const auto& [fd, number] = port.silent.front();
        const auto found = connections.find(fd);
        if (found != connections.end() && found->second.number == number && !has_spoken(fd, found->second)) {
            return &port.silent.front();
        }
        port.silent.pop_front();
    }
    return nullptr;
}

// Its end comes as an event; until then it counts.
void ConnectionGuard::State::end(int fd, const Watched& one, std::atomic<uint64_t>& count, std::string_view why) {
    if (!cut({.fd = fd, .peer_port = one.peer_port})) {
        return;
    }
    count.fetch_add(1);
    if (const auto left_out = lines.admit(clock.mono())) {
        log::warning("cut a connection: {}{}", why, log::and_more(*left_out));
    }
}

void ConnectionGuard::State::check() {
    const auto now = clock.mono();
    for (auto& port : ports) {
        check_silent(port, now);
    }
    for (const auto& [fd, one] : connections) {
        const auto taken = ports[one.port].taken->of(fd) - one.taken_before;
        const auto received = received_bytes(fd);
        if (received > taken && received - taken > limits.untaken_max.count) {
            end(fd, one, cut_endless,
                fmt::format("{} came and are no whole message", format_bytes(Bytes{received - taken})));
        }
    }
}

void ConnectionGuard::State::check_silent(Port& port, MonoTime now) {
    while (const auto* longest = longest_silent(port)) {
        const auto fd = longest->first;
        const auto& one = connections.at(fd);
        if (now - one.since < limits.silent_max) {
            return;
        }
        port.silent.pop_front();
        end(fd, one, cut_silent,
            fmt::format("it {} for {}", port.is_brief ? "stayed" : "said nothing", format_duration(limits.silent_max)));
    }
}

ConnectionGuard::ConnectionGuard(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<ConnectionGuard>> ConnectionGuard::open(const Context& context,
                                                               std::span<const GuardedSocket> sockets,
                                                               const Clock& clock, GuardLimits limits) {
    VIGIE_ASSERT(sockets.size() <= sockets_max);
    auto state = std::make_unique<State>(clock, limits);
    state->stop = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!state->stop) {
        return fail(errno_error(errno, "connection guard"));
    }
    for (const auto& guarded : sockets) {
        VIGIE_CHECK(state->listen(context, guarded));
    }
    state->checked_at = clock.mono();
    state->thread = std::thread([raw = state.get()] { raw->run(); });
    return std::unique_ptr<ConnectionGuard>(new ConnectionGuard(std::move(state)));
}

ConnectionGuard::~ConnectionGuard() {
    state_->stop_monitors();
    const uint64_t one = 1;
    [[maybe_unused]] const auto wrote = write(state_->stop.get(), &one, sizeof one);
    state_->thread.join();
}

ConnectionGuard::Counts ConnectionGuard::counts() const {
    return {.connections = state_->now_connected,
            .cut_crowded = state_->cut_crowded,
            .cut_silent = state_->cut_silent,
            .cut_endless = state_->cut_endless};
}

}  // namespace vigie::protocol
