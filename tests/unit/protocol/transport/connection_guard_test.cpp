// Real sockets on loopback: peers that say nothing, that are too many, that never finish a message.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "protocol/transport/connection_guard.hpp"
#include "protocol/transport/zap.hpp"
#include "shared/os/fd.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/wait_until.hpp"

using namespace vigie;
using namespace vigie::protocol;
using tests::wait_until;

namespace {
struct Guarded {
    Context context = Context::open(1).value();
    KeyTable table;
    tests::ManualClock clock;
    KeyPair controller_keys = make_key_pair();
    KeyPair agent_keys = make_key_pair();
    std::unique_ptr<ZapThread> zap = ZapThread::open(context, table, clock).value();
    std::unique_ptr<RouterSocket> router =
        RouterSocket::open(context, {.endpoint = "tcp://127.0.0.1:0", .zap_domain = agents_domain}, controller_keys)
            .value();
    std::unique_ptr<ConnectionGuard> guard;

    void watch(size_t connections_max, GuardLimits limits = {}, bool is_brief = false) {
        limits.check_every = 10ms;
        const std::array<GuardedSocket, 1> sockets{{{*router, connections_max, is_brief}}};
        guard = ConnectionGuard::open(context, sockets, clock, limits).value();
        table.put(agent_keys.public_key, AgentId{"web-1"});
    }
    std::unique_ptr<AgentSocket> connect_agent() {
        return AgentSocket::open(context, {.endpoint = router->endpoint(), .server_key = controller_keys.public_key},
                                 agent_keys)
            .value();
    }
    Fd connect_mute() const {
        const auto& endpoint = router->endpoint();
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
        Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        return fd;
    }
    void speak(AgentSocket& agent) {
        BOOST_REQUIRE(wait_until([&] { return agent.send("header", "body"); }));
        BOOST_REQUIRE(wait_until([&] { return router->receive().has_value(); }));
    }
    bool waits_for(size_t connections) const {
        return wait_until([&] { return guard->counts().connections == connections; });
    }
    // Lets the guard's thread come to its check: its clock stands still otherwise.
    bool checks_until(const std::function<bool()>& is_true) {
        return wait_until([&] {
            clock.advance(10ms);
            return is_true();
        });
    }
};

// The peer has closed: what it said before is read away.
bool is_hung_up(const Fd& fd) {
    std::array<char, 256> bytes{};
    ssize_t got = 0;
    while ((got = recv(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0) {
    }
    return got == 0 || errno == ECONNRESET;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(connection_guard)

BOOST_FIXTURE_TEST_CASE(one_too_many_ends_the_one_that_was_silent_for_longest, Guarded) {
    watch(3);
    const auto agent = connect_agent();
    speak(*agent);
    const auto first = connect_mute();
    BOOST_REQUIRE(waits_for(2));
    const auto second = connect_mute();
    BOOST_REQUIRE(waits_for(3));
    const auto third = connect_mute();
    BOOST_TEST(wait_until([&] { return is_hung_up(first); }));
    BOOST_REQUIRE(waits_for(3));
    BOOST_TEST(!is_hung_up(second));
    BOOST_TEST(!is_hung_up(third));
    speak(*agent);
    BOOST_TEST(wait_until([&] { return guard->counts().cut_crowded == 1u; }));  // counted after the cut
}

BOOST_FIXTURE_TEST_CASE(when_all_have_spoken_the_new_one_is_not_let_in, Guarded) {
    watch(2);
    const auto one = connect_agent();
    speak(*one);
    const auto other = connect_agent();
    speak(*other);
    const auto late = connect_mute();
    BOOST_TEST(wait_until([&] { return is_hung_up(late); }));
    speak(*one);
    speak(*other);
}

BOOST_FIXTURE_TEST_CASE(who_says_nothing_for_long_is_cut_and_who_spoke_once_stays, Guarded) {
    watch(10, {.silent_max = 5s});
    const auto agent = connect_agent();
    speak(*agent);
    const auto mute = connect_mute();
    BOOST_REQUIRE(waits_for(2));
    clock.advance(4s);
    BOOST_TEST(!is_hung_up(mute));
    BOOST_TEST(checks_until([&] { return is_hung_up(mute); }));
    BOOST_TEST(wait_until([&] { return guard->counts().cut_silent == 1u; }));  // counted after the cut
    speak(*agent);
}

BOOST_FIXTURE_TEST_CASE(where_conversations_are_brief_the_oldest_makes_way_and_nobody_stays, Guarded) {
    watch(2, {.silent_max = 5s}, true);
    const auto first = connect_agent();
    speak(*first);
    const auto second = connect_agent();
    speak(*second);
    const auto third = connect_mute();
    std::optional<SocketEvent> event;
    BOOST_REQUIRE(
        wait_until([&] { return (event = first->next_event()) && event->kind != SocketEvent::Kind::connected; }));
    BOOST_TEST(!is_hung_up(third));
    speak(*second);
    BOOST_TEST(checks_until([&] { return is_hung_up(third); }));
    BOOST_TEST(checks_until([&] { return guard->counts().connections == 0u; }));
}

BOOST_FIXTURE_TEST_CASE(what_nobody_can_take_does_not_pile_up, Guarded) {
    watch(10, {.untaken_max = 1_MiB});
    const auto agent = connect_agent();
    speak(*agent);
    const std::string body((100_KiB).count, 'x');
    for (int i = 0; i < 100; ++i) {  // taken as it comes: nothing is ever owed
        BOOST_REQUIRE(wait_until([&] { return agent->send("header", body); }));
        BOOST_REQUIRE(wait_until([&] { return router->receive().has_value(); }));
        clock.advance(10ms);
    }
    BOOST_TEST(wait_until([&] { return guard->counts().cut_endless == 0u; }));  // counted after the cut
    int sent = 0;
    while (sent < 20 && agent->send("header", body)) {
        ++sent;
    }
    BOOST_REQUIRE(sent == 20);
    BOOST_TEST(checks_until([&] { return guard->counts().cut_endless == 1u; }));
}

BOOST_AUTO_TEST_SUITE_END()
