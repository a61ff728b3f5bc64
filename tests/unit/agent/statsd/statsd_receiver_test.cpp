// Real sockets on loopback.
#include "agent/statsd/statsd_receiver.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "shared/os/socket_address.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

struct Receiving {
    tests::TempFolder folder;
    tests::ManualClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    StatsdRegistry registry{StatsdLimits{}};

    Result<std::unique_ptr<StatsdReceiver>> open(const StatsdSockets& sockets) {
        return StatsdReceiver::open(*loop, sockets, registry, clock);
    }
    void send(const SocketAddress& to, std::string_view text) {
        const Fd fd(socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
        BOOST_REQUIRE(sendto(fd.get(), text.data(), text.size(), 0, to.raw(), to.size) ==
                      static_cast<ssize_t>(text.size()));
    }
    // Runs the loop until a series has the value or more, or for ten seconds.
    bool comes(const std::string& wanted, double value) {
        bool has_come = false;
        Timer look(*loop, [&] {
            registry.begin_collection(clock.mono());
            const auto compare = [&](std::string_view key, double now) {
                has_come = has_come || (key == wanted && now >= value);
            };
            registry.add_series(compare);
            registry.add_own_series(compare);
            if (has_come) {
                loop->stop();
            }
        });
        look.start_every(1ms);
        Timer limit(*loop, [&] { loop->stop(); });
        limit.start_once(10s);
        loop->run();
        return has_come;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(statsd_receiver, Receiving)

BOOST_AUTO_TEST_CASE(datagrams_come_over_udp_and_a_unix_socket) {
    const auto receiver = open({.listen = "udp://127.0.0.1:0", .socket = folder / "statsd", .socket_mode = 0622});
    BOOST_REQUIRE(receiver);
    BOOST_TEST((*receiver)->udp_port() != 0);
    send(numeric_address("127.0.0.1", (*receiver)->udp_port()).value(), "a:1|c\nbad\nb:2|c");
    BOOST_TEST(comes("b", 2));
    send(unix_address(folder / "statsd").value(), "a:4|c");
    BOOST_TEST(comes("a", 5));
    BOOST_TEST(comes("vigie_statsd_refused_total{reason=\"malformed_line\"}", 1));
    struct stat entry {};
    BOOST_REQUIRE(stat((folder / "statsd").c_str(), &entry) == 0);
    BOOST_TEST((entry.st_mode & 0777) == 0622u);
}

BOOST_AUTO_TEST_CASE(what_the_kernel_drops_is_counted) {
    const auto receiver = open({.listen = "udp://127.0.0.1:0", .socket = "", .socket_mode = 0600});
    const auto to = numeric_address("127.0.0.1", (*receiver)->udp_port()).value();
    // More than any buffer takes; nobody reads meanwhile.
    const std::string large(60'000, '\n');
    for (int i = 0; i < 500; ++i) {
        send(to, large);
    }
    BOOST_TEST(comes("vigie_statsd_datagrams_total", 1));  // all that there is, in one turn
    std::map<std::string, double, std::less<>> series;
    send(to, "last:1|c");  // the count comes with a datagram that finds room
    BOOST_TEST(comes("last", 1));
    registry.add_own_series([&](std::string_view key, double value) { series[std::string(key)] = value; });
    BOOST_TEST(series["vigie_statsd_datagrams_dropped_total"] + series["vigie_statsd_datagrams_total"] == 501);
}

BOOST_AUTO_TEST_CASE(a_path_belongs_to_one_process_and_a_dead_ones_is_taken) {
    const StatsdSockets sockets{.listen = "", .socket = folder / "statsd", .socket_mode = 0600};
    {
        const auto first = open(sockets);
        BOOST_REQUIRE(first);
        const auto second = open(sockets);
        BOOST_REQUIRE(!second);
        BOOST_TEST((second.error().code == ErrorCode::conflict));
    }
    BOOST_TEST(open(sockets).has_value());
}

BOOST_AUTO_TEST_CASE(addresses_are_checked) {
    BOOST_TEST(check_statsd_listen("udp://[::1]:8125").has_value());
    BOOST_TEST(check_statsd_listen("udp://localhost:8125").has_value());
    for (const auto* bad : {"", "8125", "udp://:8125", "tcp://127.0.0.1:8125", "udp://example.org:8125",
                            "udp://127.0.0.1", "udp://127.0.0.1:65536"}) {
        BOOST_TEST(!check_statsd_listen(bad), bad);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
