// The operators' port with real sockets on loopback.
#include "controller/link/operator_port.hpp"

#include <boost/test/unit_test.hpp>
#include <mutex>

#include "protocol/transport/agent_socket.hpp"
#include "tests/support/wait_until.hpp"

using namespace vigie;
using namespace vigie::controller;
using tests::wait_until;

namespace {
struct Port {
    SystemClock clock;
    protocol::Context context = protocol::Context::open(1).value();
    protocol::KeyPair controller_keys = protocol::make_key_pair();
    protocol::KeyPair anna = protocol::make_key_pair();
    protocol::KeyPair bert = protocol::make_key_pair();
    std::mutex guard;
    std::vector<std::string> asked;               // "key line"
    std::vector<OperatorPort::Reply> unanswered;  // of lines that begin with "later"
    std::vector<std::pair<std::string, OperatorCut>> cuts;
    std::unique_ptr<OperatorPort> port;

    explicit Port(OperatorLimits limits = {}) {
        OperatorPortOptions options;
        options.listen = "tcp://127.0.0.1:0";
        options.keys = controller_keys;
        options.limits = limits;
        options.lines = {.too_often = "too often", .busy = "busy", .too_large = "too large"};
        options.on_cut = [this](std::string key, OperatorCut why) {
            const std::lock_guard lock(guard);
            cuts.emplace_back(std::move(key), why);
        };
        port = OperatorPort::open(options, {anna.public_key, bert.public_key}, clock,
                                  [this](const std::string& key, const std::string&, const std::string& line,
                                         const OperatorPort::Reply& reply) { take(key, line, reply); })
                   .value();
        port->start();
    }
    void take(const std::string& key, const std::string& line, const OperatorPort::Reply& reply) {
        const std::lock_guard lock(guard);
        asked.push_back(key + " " + line);
        if (line.starts_with("later")) {
            unanswered.push_back(reply);
        } else {
            reply("answer to " + line);
        }
    }
    size_t count_asked() {
        const std::lock_guard lock(guard);
        return asked.size();
    }
    std::unique_ptr<protocol::AgentSocket> connect(const protocol::KeyPair& keys) {
        return protocol::AgentSocket::open(
                   context, {.endpoint = port->endpoint(), .server_key = controller_keys.public_key}, keys)
            .value();
    }
    // "" when none comes.
    static std::string exchange(protocol::AgentSocket& socket, std::string_view header, std::string_view line) {
        if (!wait_until([&] { return socket.send(header, line); })) {
            return "";
        }
        std::optional<protocol::FramePair> answer;
        wait_until([&] { return (answer = socket.receive()).has_value(); });
        return answer ? answer->header + ": " + answer->body : "";
    }
    static bool ends(protocol::AgentSocket& socket) {
        return wait_until([&] {
            const auto event = socket.next_event();
            return event && event->kind == protocol::SocketEvent::Kind::disconnected;
        });
    }
};
}  // namespace

BOOST_AUTO_TEST_SUITE(operator_port)

BOOST_FIXTURE_TEST_CASE(a_known_key_is_answered_and_named, Port) {
    const auto socket = connect(anna);
    BOOST_TEST(exchange(*socket, "7", "status") == "7: answer to status");
    BOOST_TEST(asked.front() == anna.public_key + " status");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_key_is_refused, Port) {
    const auto socket = connect(protocol::make_key_pair());
    std::optional<protocol::SocketEvent> event;
    BOOST_REQUIRE(wait_until([&] { return (event = socket->next_event()).has_value(); }));
    BOOST_TEST((event->kind == protocol::SocketEvent::Kind::refused));
}

BOOST_FIXTURE_TEST_CASE(a_removed_key_loses_its_connection_and_gets_no_other, Port) {
    const auto socket = connect(anna);
    const auto other = connect(bert);
    BOOST_TEST(exchange(*socket, "1", "status") == "1: answer to status");
    BOOST_TEST(exchange(*other, "1", "status") == "1: answer to status");
    port->replace_keys({bert.public_key});
    BOOST_TEST(ends(*socket));
    BOOST_TEST(exchange(*other, "2", "status") == "2: answer to status");
    const auto again = connect(anna);
    std::optional<protocol::SocketEvent> event;
    BOOST_REQUIRE(wait_until([&] { return (event = again->next_event()).has_value(); }));
    BOOST_TEST((event->kind == protocol::SocketEvent::Kind::refused));
}

BOOST_FIXTURE_TEST_CASE(a_second_request_before_the_answer_is_not_passed_on, Port) {
    const auto socket = connect(anna);
    BOOST_REQUIRE(wait_until([&] { return socket->send("1", "later"); }));
    BOOST_TEST(exchange(*socket, "2", "status") == "2: busy");
    BOOST_TEST(count_asked() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_that_asks_too_often_is_told_so_and_another_is_not) {
    Port world(OperatorLimits{.requests_per_second_max = 2});
    const auto socket = world.connect(world.anna);
    std::string answer;
    for (int i = 0; i < 8 && answer != "1: too often"; ++i) {
        answer = Port::exchange(*socket, "1", "status");
    }
    BOOST_TEST(answer == "1: too often");
    const auto other = world.connect(world.bert);
    BOOST_TEST(Port::exchange(*other, "1", "status") == "1: answer to status");
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_refused_in_both_directions) {
    Port world(OperatorLimits{.request_max = 1_KiB, .answer_max = 600_B});
    const auto socket = world.connect(world.anna);
    const auto answer = Port::exchange(*socket, "1", std::string(700, 'x'));
    BOOST_TEST(answer == "1: too large");
    BOOST_REQUIRE(wait_until([&] { return socket->send("2", std::string(3'000, 'x')); }));
    BOOST_TEST(Port::ends(*socket));
    BOOST_TEST(world.count_asked() == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_quiet_ends_and_is_no_cut) {
    Port world(OperatorLimits{.quiet_max = 20ms});
    const auto socket = world.connect(world.anna);
    BOOST_TEST(Port::exchange(*socket, "1", "status") == "1: answer to status");
    BOOST_TEST(Port::ends(*socket));
    BOOST_TEST(world.port->cuts() == 0u);
}

BOOST_AUTO_TEST_CASE(a_header_that_is_too_long_is_cut) {
    Port world;
    const auto socket = world.connect(world.anna);
    BOOST_REQUIRE(wait_until([&] { return socket->send(std::string(33, '1'), "status"); }));
    BOOST_TEST(Port::ends(*socket));
    BOOST_TEST(world.count_asked() == 0u);
    BOOST_TEST(world.port->cuts() == 1u);
}

// AddressSanitizer would tell of one that reaches what is gone.
BOOST_AUTO_TEST_CASE(an_answer_after_the_port_is_gone_goes_nowhere) {
    OperatorPort::Reply late;
    {
        Port world;
        const auto socket = world.connect(world.anna);
        BOOST_REQUIRE(wait_until([&] { return socket->send("1", "later"); }));
        BOOST_REQUIRE(wait_until([&] { return world.count_asked() == 1; }));
        world.port->stop();
        late = world.unanswered.front();
        late("too late");
        BOOST_TEST(!socket->receive().has_value());
    }
    BOOST_CHECK_NO_THROW(late("later still"));
}

BOOST_AUTO_TEST_SUITE_END()
