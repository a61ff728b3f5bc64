// Real sockets on loopback. Waiting is polling with a deadline.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <zmq.h>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <mutex>
#include <thread>

#include "protocol/transport/router_socket.hpp"
#include "protocol/transport/socket_options.hpp"
#include "protocol/transport/zap.hpp"
#include "shared/os/fd.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/wait_until.hpp"

using namespace vigie;
using namespace vigie::protocol;
using tests::wait_until;

namespace {
struct Loopback {
    Context context = Context::open(1).value();
    KeyTable table;
    tests::ManualClock clock;
    KeyPair controller_keys = make_key_pair();
    KeyPair agent_keys = make_key_pair();
    std::unique_ptr<ZapThread> zap;
    std::unique_ptr<RouterSocket> router;

    explicit Loopback(ZapLimits limits = {}, Bytes frame_max = frame_bytes_max) {
        zap = ZapThread::open(context, table, clock, limits).value();
        listen("tcp://127.0.0.1:0", frame_max);
        table.put(agent_keys.public_key, AgentId{"web-1"});
    }
    void listen(const std::string& endpoint, Bytes frame_max = frame_bytes_max) {
        router =
            RouterSocket::open(context, {.endpoint = endpoint, .zap_domain = agents_domain, .frame_max = frame_max},
                               controller_keys)
                .value();
    }
    std::unique_ptr<AgentSocket> connect(const KeyPair& keys) {
        return AgentSocket::open(context, {.endpoint = router->endpoint(), .server_key = controller_keys.public_key},
                                 keys)
            .value();
    }
    std::optional<Received> receive() {
        std::optional<Received> got;
        wait_until([&] { return (got = router->receive()).has_value(); });
        return got;
    }
};

std::optional<SocketEvent::Kind> next_event(AgentSocket& socket) {
    std::optional<SocketEvent> event;
    wait_until([&] { return (event = socket.next_event()).has_value(); });
    return event ? std::optional(event->kind) : std::nullopt;
}

bool is_shaken_off(AgentSocket& socket) {
    std::optional<SocketEvent> event;
    wait_until([&] { return (event = socket.next_event()).has_value(); });
    return event && event->kind == SocketEvent::Kind::disconnected && event->is_handshake && event->is_unanswered &&
           !event->is_overload;
}

// A DEALER that brings a routing id of its own, which ours never does.
struct NamedPeer {
    SocketOwner socket;

    NamedPeer(Loopback& loopback, std::string_view routing_id, const KeyPair& keys)
        : socket(open_socket(loopback.context, ZMQ_DEALER, "named").value()) {
        set_number(socket.get(), ZMQ_LINGER, 0);
        BOOST_REQUIRE(zmq_setsockopt(socket.get(), ZMQ_ROUTING_ID, routing_id.data(), routing_id.size()) == 0);
        set_curve_client(socket.get(), keys, loopback.controller_keys.public_key);
        BOOST_REQUIRE(zmq_connect(socket.get(), loopback.router->endpoint().c_str()) == 0);
    }
    void send(std::string_view body) {
        BOOST_REQUIRE(zmq_send(socket.get(), "h", 1, ZMQ_SNDMORE | ZMQ_DONTWAIT) == 1);
        BOOST_REQUIRE(zmq_send(socket.get(), body.data(), body.size(), ZMQ_DONTWAIT) >= 0);
    }
    // The body of the next message; "" when none waits.
    std::string receive() {
        std::array<char, 64> header{};
        std::array<char, 64> body{};
        if (zmq_recv(socket.get(), header.data(), header.size(), ZMQ_DONTWAIT) < 0) {
            return {};
        }
        const auto size = zmq_recv(socket.get(), body.data(), body.size(), ZMQ_DONTWAIT);
        return size < 0 ? std::string() : std::string(body.data(), static_cast<size_t>(size));
    }
};

// Until they are given back, what is opened next gets `fd`.
std::vector<Fd> take_descriptors_below(int fd) {
    std::vector<Fd> held;
    do {
        held.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    } while (held.back().get() < fd);
    BOOST_REQUIRE(held.back().get() == fd);
    held.pop_back();
    return held;
}

uint16_t port_of(const std::string& endpoint) {
    return static_cast<uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

void connect_to(const Fd& fd, const std::string& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_of(endpoint));
    BOOST_REQUIRE(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

// As if it came from another host than 127.0.0.1.
void bind_elsewhere(const Fd& fd) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    BOOST_REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

// Of this process's connection from that port of its own; -1 when it has none.
int descriptor_of(uint16_t local_port) {
    constexpr int descriptors_tried = 1'024;
    for (int fd = 0; fd < descriptors_tried; ++fd) {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        const bool is_socket = getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
        if (is_socket && address.sin_family == AF_INET && ntohs(address.sin_port) == local_port &&
            peer_port_of(fd) != 0) {
            return fd;
        }
    }
    return -1;
}

bool is_closed_soon(int fd) {
    return wait_until([fd] { return fcntl(fd, F_GETFD) < 0; });
}

// Signals that interrupt whatever the thread that made it calls, as many as there can be.
class SignalStorm {
  public:
    SignalStorm() {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        sigaction(SIGUSR1, &action, &before_);
        thread_ = std::thread([this, target = pthread_self()] {
            while (!is_over_) {
                pthread_kill(target, SIGUSR1);
            }
        });
    }
    ~SignalStorm() {
        is_over_ = true;
        thread_.join();
        sigaction(SIGUSR1, &before_, nullptr);
    }
    SignalStorm(const SignalStorm&) = delete;
    SignalStorm& operator=(const SignalStorm&) = delete;

  private:
    std::atomic<bool> is_over_ = false;
    struct sigaction before_ {};
    std::thread thread_;
};

bool send_soon(AgentSocket& socket, std::string_view header, std::string_view body) {
    return wait_until([&] { return socket.send(header, body); });
}
}  // namespace

BOOST_AUTO_TEST_SUITE(sockets)

BOOST_FIXTURE_TEST_CASE(a_known_key_connects_and_its_user_id_arrives, Loopback) {
    const auto agent = connect(agent_keys);
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::connected));
    BOOST_REQUIRE(send_soon(*agent, "header", "body"));
    const auto got = receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->user_id == "web-1");
    BOOST_TEST(got->peer_address == "127.0.0.1");
    BOOST_TEST(got->frames.header == "header");
    BOOST_TEST(got->frames.body == "body");
    BOOST_TEST((router->send(got->routing_id, "h2", "") == Sent::taken));
    std::optional<FramePair> answer;
    BOOST_REQUIRE(wait_until([&] { return (answer = agent->receive()).has_value(); }));
    BOOST_TEST(answer->header == "h2");
    BOOST_TEST(answer->body == "");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_key_is_refused, Loopback) {
    const auto stranger = connect(make_key_pair());
    BOOST_TEST((next_event(*stranger) == SocketEvent::Kind::refused));
    BOOST_TEST(!stranger->send("h", "b"));
    BOOST_TEST(zap->counts().refused == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_controller_key_is_not_spoken_to, Loopback) {
    const auto agent = AgentSocket::open(
        context, {.endpoint = router->endpoint(), .server_key = make_key_pair().public_key}, agent_keys);
    BOOST_TEST((next_event(**agent) == SocketEvent::Kind::disconnected));
    BOOST_TEST(zap->counts().accepted == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_client_without_curve_is_refused, Loopback) {
    const auto plain = open_socket(context, ZMQ_DEALER, "plain").value();
    set_number(plain.get(), ZMQ_LINGER, 0);
    BOOST_REQUIRE(zmq_connect(plain.get(), router->endpoint().c_str()) == 0);
    zmq_send(plain.get(), "h", 1, ZMQ_SNDMORE);
    zmq_send(plain.get(), "b", 1, 0);
    // A good agent that comes later is served, so the other had its time.
    const auto agent = connect(agent_keys);
    BOOST_REQUIRE(send_soon(*agent, "good", ""));
    const auto got = receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->frames.header == "good");
    BOOST_TEST(!router->receive().has_value());
}

BOOST_FIXTURE_TEST_CASE(without_a_zap_thread_nobody_gets_in, Loopback) {
    router.reset();
    zap.reset();
    listen("tcp://127.0.0.1:0");
    const auto agent = connect(agent_keys);
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::disconnected));
}

BOOST_FIXTURE_TEST_CASE(a_server_without_a_zap_domain_does_not_open, Loopback) {
    BOOST_TEST(!RouterSocket::open(context, {.endpoint = "tcp://127.0.0.1:0", .zap_domain = ""}, controller_keys));
}

BOOST_FIXTURE_TEST_CASE(messages_of_wrong_shape_are_dropped_and_counted, Loopback) {
    const auto raw = open_socket(context, ZMQ_DEALER, "raw").value();
    set_number(raw.get(), ZMQ_LINGER, 0);
    set_curve_client(raw.get(), agent_keys, controller_keys.public_key);
    BOOST_REQUIRE(zmq_connect(raw.get(), router->endpoint().c_str()) == 0);
    zmq_send(raw.get(), "one frame", 9, 0);
    zmq_send(raw.get(), "a", 1, ZMQ_SNDMORE);
    zmq_send(raw.get(), "b", 1, ZMQ_SNDMORE);
    zmq_send(raw.get(), "c", 1, 0);
    zmq_send(raw.get(), "header", 6, ZMQ_SNDMORE);
    zmq_send(raw.get(), "body", 4, 0);
    const auto got = receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->frames.body == "body");
    BOOST_TEST(router->dropped() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_routing_id_stays_with_whoever_had_it_first, Loopback) {
    const auto other_keys = make_key_pair();
    table.put(other_keys.public_key, AgentId{"web-2"});
    NamedPeer first(*this, "wanted", agent_keys);
    first.send("of the first");
    const auto got = receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->routing_id == "wanted");
    BOOST_TEST(got->user_id == "web-1");

    NamedPeer second(*this, "wanted", other_keys);
    BOOST_REQUIRE(wait_until([&] { return zap->counts().accepted == 2; }));
    second.send("of the second");
    // A good agent that comes later is served, so the other had its time.
    const auto later = connect(agent_keys);
    BOOST_REQUIRE(send_soon(*later, "h", "later"));
    const auto next = receive();
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST(next->frames.body == "later");

    BOOST_TEST((router->send("wanted", "h", "for the first") == Sent::taken));
    std::string answer;
    BOOST_TEST(wait_until([&] { return !(answer = first.receive()).empty(); }));
    BOOST_TEST(answer == "for the first");
    BOOST_TEST(second.receive().empty());
    first.send("of the first again");
    const auto again = receive();
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(again->user_id == "web-1");
    BOOST_TEST(again->frames.body == "of the first again");
    BOOST_TEST(!router->receive().has_value());
}

BOOST_AUTO_TEST_CASE(an_oversized_frame_cuts_only_its_sender) {
    Loopback loopback({}, 64_KiB);
    const auto other_keys = make_key_pair();
    loopback.table.put(other_keys.public_key, AgentId{"web-2"});
    const auto greedy = loopback.connect(loopback.agent_keys);
    const auto modest = loopback.connect(other_keys);
    BOOST_TEST((next_event(*greedy) == SocketEvent::Kind::connected));
    BOOST_TEST((next_event(*modest) == SocketEvent::Kind::connected));
    BOOST_REQUIRE(send_soon(*greedy, "h", std::string(64 * 1024 + 1, 'x')));
    BOOST_TEST((next_event(*greedy) == SocketEvent::Kind::disconnected));
    BOOST_REQUIRE(send_soon(*modest, "h", std::string(64 * 1024, 'x')));
    const auto got = loopback.receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->user_id == "web-2");
    BOOST_TEST(got->frames.body.size() == 64u * 1024);
}

BOOST_FIXTURE_TEST_CASE(cutting_a_connection_disconnects_its_agent, Loopback) {
    const auto agent = connect(agent_keys);
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::connected));
    BOOST_REQUIRE(send_soon(*agent, "h", "b"));
    const auto got = receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(cut(got->connection));
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::disconnected));
    BOOST_TEST(wait_until([&] { return router->send(got->routing_id, "h", "b") == Sent::gone; }));
    BOOST_TEST(!cut(got->connection));
}

BOOST_FIXTURE_TEST_CASE(signals_tear_no_message_and_end_nobody, Loopback) {
    const SignalStorm storm;
    const auto agent = connect(agent_keys);
    for (int i = 0; i < 300; ++i) {
        const auto number = std::to_string(i);
        BOOST_REQUIRE(send_soon(*agent, number, "there"));
        const auto got = receive();
        BOOST_REQUIRE(got.has_value());
        BOOST_REQUIRE(got->frames.header == number);
        BOOST_REQUIRE(got->frames.body == "there");
        BOOST_REQUIRE((router->send(got->routing_id, number, "back") == Sent::taken));
        std::optional<FramePair> answer;
        BOOST_REQUIRE(wait_until([&] { return agent->has_more() && (answer = agent->receive()).has_value(); }));
        BOOST_REQUIRE(answer->header == number);
        BOOST_REQUIRE(answer->body == "back");
    }
}

BOOST_FIXTURE_TEST_CASE(what_an_ended_connection_left_cuts_nobody_who_has_its_descriptor_now, Loopback) {
    const Fd newcomer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto agent = connect(agent_keys);
    BOOST_REQUIRE(send_soon(*agent, "h", "1"));
    BOOST_REQUIRE(send_soon(*agent, "h", "2"));
    const auto first = receive();
    BOOST_REQUIRE(first.has_value());
    const std::array<RouterSocket*, 1> sockets{router.get()};
    RouterSocket::wait(sockets, -1, 10s);  // the second is in its queue
    const auto fd = first->connection.fd;
    const auto agents_fd = descriptor_of(first->connection.peer_port);
    BOOST_REQUIRE(cut(first->connection));
    BOOST_REQUIRE(is_closed_soon(fd));
    BOOST_REQUIRE(is_closed_soon(agents_fd));  // or the newcomer could get that one
    const auto held = take_descriptors_below(fd);
    connect_to(newcomer, router->endpoint());
    BOOST_REQUIRE(wait_until([fd] { return peer_port_of(fd) != 0; }));

    const auto second = receive();
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(second->frames.body == "2");
    BOOST_TEST(!is_open(second->connection));
    BOOST_TEST(!cut(second->connection));
    BOOST_TEST(router->taken().of(fd) == wire_bytes_of(1) * 2);  // of the first alone
}

BOOST_FIXTURE_TEST_CASE(the_first_word_of_an_ended_connection_cuts_no_other_host, Loopback) {
    const Fd newcomer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    bind_elsewhere(newcomer);
    const auto agent = connect(agent_keys);
    BOOST_REQUIRE(send_soon(*agent, "h", "1"));
    const std::array<RouterSocket*, 1> sockets{router.get()};
    RouterSocket::wait(sockets, -1, 10s);
    const auto fd = descriptor_of(port_of(router->endpoint()));
    const auto agents_fd = descriptor_of(peer_port_of(fd));
    BOOST_REQUIRE(shutdown(fd, SHUT_RDWR) == 0);
    BOOST_REQUIRE(is_closed_soon(fd));
    BOOST_REQUIRE(is_closed_soon(agents_fd));
    const auto held = take_descriptors_below(fd);
    connect_to(newcomer, router->endpoint());
    BOOST_REQUIRE(wait_until([fd] { return peer_port_of(fd) != 0; }));

    const auto got = receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->frames.body == "1");
    BOOST_TEST(got->connection.fd == fd);
    BOOST_TEST(!is_open(got->connection));
    BOOST_TEST(!cut(got->connection));
    BOOST_TEST(router->taken().of(fd) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_second_bind_to_a_live_address_is_refused_by_name, Loopback) {
    const auto second =
        RouterSocket::open(context, {.endpoint = router->endpoint(), .zap_domain = agents_domain}, controller_keys);
    BOOST_REQUIRE(!second.has_value());
    BOOST_TEST((second.error().code == ErrorCode::conflict));
    BOOST_TEST(second.error().message == "listen on " + router->endpoint() + ": address already in use");
}

BOOST_FIXTURE_TEST_CASE(an_agent_of_a_closed_controller_hears_of_it_and_the_port_is_free_again, Loopback) {
    const auto agent = connect(agent_keys);
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::connected));
    const auto endpoint = router->endpoint();
    router.reset();
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::disconnected));
    BOOST_TEST(wait_until([&] {
        auto again = RouterSocket::open(context, {.endpoint = endpoint, .zap_domain = agents_domain}, controller_keys);
        if (again) {
            router = std::move(*again);
        }
        return again.has_value();
    }));
    const auto second = connect(agent_keys);
    BOOST_TEST((next_event(*second) == SocketEvent::Kind::connected));
}

BOOST_AUTO_TEST_CASE(an_overloaded_controller_asks_to_come_back_which_is_no_refusal) {
    Loopback loopback(ZapLimits{.handshakes_per_second_max = 1, .handshakes_per_key_per_minute_max = 60});
    const auto first = loopback.connect(loopback.agent_keys);
    BOOST_TEST((next_event(*first) == SocketEvent::Kind::connected));
    const auto second = loopback.connect(loopback.agent_keys);
    BOOST_TEST(wait_until([&] { return loopback.zap->counts().overloaded == 1; }));
    // libzmq ends it at once or when its handshake's 10 s are over, but never as a refusal.
    const auto event = second->next_event();
    BOOST_TEST((!event || event->kind == SocketEvent::Kind::disconnected));
    loopback.clock.advance(1s);
    const auto third = loopback.connect(loopback.agent_keys);
    BOOST_TEST((next_event(*third) == SocketEvent::Kind::connected));
    BOOST_TEST(loopback.zap->counts().overloaded == 1u);
}

BOOST_FIXTURE_TEST_CASE(nobody_listening_is_a_disconnect, Loopback) {
    const tests::ReservedPort port;
    const auto agent =
        AgentSocket::open(context, {.endpoint = port.endpoint(), .server_key = controller_keys.public_key}, agent_keys);
    BOOST_REQUIRE(agent.has_value());
    BOOST_TEST(!(*agent)->send("h", "b"));
    BOOST_TEST((next_event(**agent) == SocketEvent::Kind::disconnected));
}

BOOST_FIXTURE_TEST_CASE(ipv6_works_and_endpoints_are_told_as_people_write_them, Loopback) {
    BOOST_TEST(router->endpoint().starts_with("tcp://127.0.0.1:"));
    listen("tcp://[::1]:0");
    BOOST_TEST(router->endpoint().starts_with("tcp://[::1]:"));
    const auto agent = connect(agent_keys);
    BOOST_TEST((next_event(*agent) == SocketEvent::Kind::connected));
    BOOST_REQUIRE(send_soon(*agent, "h", "b"));
    BOOST_TEST(receive()->peer_address == "::1");
}

BOOST_FIXTURE_TEST_CASE(unusable_options_are_errors, Loopback) {
    BOOST_TEST(!AgentSocket::open(context, {.endpoint = router->endpoint(), .server_key = "short"}, agent_keys));
    BOOST_TEST(
        !AgentSocket::open(context, {.endpoint = "nonsense", .server_key = controller_keys.public_key}, agent_keys));
    BOOST_TEST(!RouterSocket::open(context, {.endpoint = "tcp://127.0.0.1:99999", .zap_domain = agents_domain},
                                   controller_keys));
    BOOST_TEST(!ZapThread::open(context, table, clock));
}

BOOST_AUTO_TEST_CASE(a_message_tells_with_which_key_its_connection_was_made) {
    Loopback loopback;
    const auto second = make_key_pair();
    loopback.table.put(second.public_key, AgentId{"web-1"});
    for (const auto* keys : std::array<const KeyPair*, 2>{&loopback.agent_keys, &second}) {
        const auto agent = loopback.connect(*keys);
        BOOST_REQUIRE(send_soon(*agent, "h", "b"));
        const auto got = loopback.receive();
        BOOST_REQUIRE(got.has_value());
        BOOST_TEST(got->user_id == "web-1");
        BOOST_TEST(got->key == keys->public_key);
    }
}

BOOST_AUTO_TEST_CASE(a_router_takes_other_keys_ends_its_connections_and_keeps_its_address) {
    Loopback loopback;
    const auto endpoint = loopback.router->endpoint();
    const auto before = loopback.connect(loopback.agent_keys);
    BOOST_REQUIRE(send_soon(*before, "h", "1"));
    BOOST_REQUIRE(loopback.receive().has_value());
    const auto fresh = make_key_pair();
    BOOST_REQUIRE(loopback.router->use_keys(fresh).has_value());
    BOOST_TEST(loopback.router->endpoint() == endpoint);
    BOOST_TEST((next_event(*before) == SocketEvent::Kind::connected));
    BOOST_TEST(wait_until([&] {
        static_cast<void>(
            loopback.router->receive());  // whoever owns the socket goes on using it, and so ends its pipes
        const auto event = before->next_event();
        return event && event->kind == SocketEvent::Kind::disconnected;
    }));
    const auto stale = loopback.connect(loopback.agent_keys);  // trusts the key before
    BOOST_TEST(is_shaken_off(*stale));
    loopback.controller_keys = fresh;
    const auto after = loopback.connect(loopback.agent_keys);
    BOOST_TEST((next_event(*after) == SocketEvent::Kind::connected));
    BOOST_REQUIRE(loopback.router->use_keys(make_key_pair()).has_value());  // and once more
    const auto again = loopback.connect(loopback.agent_keys);
    BOOST_TEST(is_shaken_off(*again));
}

BOOST_AUTO_TEST_CASE(a_barred_key_is_refused_and_told_once_an_hour) {
    Context context = Context::open(1).value();
    KeyTable table;
    tests::ManualClock clock;
    const auto controller_keys = make_key_pair();
    const auto keys = make_key_pair();
    std::mutex guard;
    std::vector<std::string> told;
    const auto count = [&] {
        const std::lock_guard lock(guard);
        return told.size();
    };
    const auto zap = ZapThread::open(context, table, clock, {}, agents_domain,
                                     [&](const AgentId& agent, const std::string& key, const std::string& address) {
                                         const std::lock_guard lock(guard);
                                         told.push_back(agent.value + " " + key + " " + address);
                                     })
                         .value();
    const auto router =
        RouterSocket::open(context, {.endpoint = "tcp://127.0.0.1:0", .zap_domain = agents_domain}, controller_keys)
            .value();
    table.put(keys.public_key, AgentId{"web-1"});
    table.bar(keys.public_key, AgentId{"web-1"});
    const auto knock = [&](const KeyPair& with) {
        const auto agent =
            AgentSocket::open(context, {.endpoint = router->endpoint(), .server_key = controller_keys.public_key}, with)
                .value();
        BOOST_TEST((next_event(*agent) == SocketEvent::Kind::refused));
    };
    knock(make_key_pair());  // was never anybody's
    BOOST_TEST(count() == 0u);
    knock(keys);
    knock(keys);
    BOOST_TEST(count() == 1u);
    BOOST_TEST(told[0] == "web-1 " + keys.public_key + " 127.0.0.1");
    clock.advance(1h);
    knock(keys);
    BOOST_TEST(count() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
