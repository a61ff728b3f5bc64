// Real sockets on loopback.
#include "agent/statsd/statsd_receiver.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/files.hpp"
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
    // What stands in a series about the receiver itself.
    double own(std::string_view wanted) const {
        double found = -1;
        registry.add_own_series([&](std::string_view key, double value) { found = key == wanted ? value : found; });
        return found;
    }
    void take_turns(int turns) {
        Timer turn(*loop, [&] {
            if (--turns == 0) {
                loop->stop();
            }
        });
        turn.start_every(1ms);
        loop->run();
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

// 30 MB, more than any buffer takes; nobody reads meanwhile. A socket's own count begins at 0 again, the sum does not.
BOOST_AUTO_TEST_CASE(what_the_kernel_drops_is_counted_over_all_sockets) {
    const std::string large(60'000, '\n');
    for (int round = 1; round <= 2; ++round) {
        const auto receiver = open({.listen = "udp://127.0.0.1:0", .socket = "", .socket_mode = 0600});
        const auto to = numeric_address("127.0.0.1", (*receiver)->udp_port()).value();
        for (int i = 0; i < 500; ++i) {
            send(to, large);
        }
        take_turns(300);                // each takes 128 KiB
        for (int i = 1; i <= 2; ++i) {  // the count so far comes with each datagram that finds room
            send(to, fmt::format("last{}:1|c", round));
            BOOST_TEST(comes(fmt::format("last{}", round), i));
        }
        BOOST_TEST(own("vigie_statsd_datagrams_dropped_total") > 0);
        BOOST_TEST(own("vigie_statsd_datagrams_dropped_total") + own("vigie_statsd_datagrams_total") == 502 * round);
    }
}

// 40 datagrams of 4,000 bytes: 33 of them are more than 128 KiB.
BOOST_AUTO_TEST_CASE(a_wake_up_leaves_what_would_take_too_long) {
    const auto receiver = open({.listen = "udp://127.0.0.1:0", .socket = "", .socket_mode = 0600});
    const auto to = numeric_address("127.0.0.1", (*receiver)->udp_port()).value();
    for (int i = 0; i < 40; ++i) {
        send(to, std::string(4'000, '\n'));
    }
    loop->stop();  // in its first turn
    loop->run();
    BOOST_TEST(own("vigie_statsd_datagrams_total") == 33);
    BOOST_TEST(comes("vigie_statsd_datagrams_total", 40));
}

BOOST_AUTO_TEST_CASE(of_a_datagram_that_is_cut_whole_lines_are_taken) {
    const auto receiver = open({.listen = "", .socket = folder / "statsd", .socket_mode = 0600});
    BOOST_REQUIRE(receiver);
    std::string lines = "whole:1|c\n";
    lines.resize(statsd_datagram_bytes_max - 10, '\n');
    send(unix_address(folder / "statsd").value(), lines + "cut:12|c|@0.5");  // the first ten bytes are "cut:12|c|@"
    send(unix_address(folder / "statsd").value(), std::string(statsd_datagram_bytes_max, ' ') + "x");
    BOOST_TEST(comes("vigie_statsd_refused_total{reason=\"too_long\"}", 2));
    BOOST_TEST(comes("whole", 1));
    BOOST_TEST(own("vigie_statsd_samples_total") == 1);
    BOOST_TEST(own("vigie_statsd_refused_total{reason=\"invalid_sample_factor\"}") == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_stays) {
    SystemFiles files;
    BOOST_REQUIRE(files.write_atomically(folder / "statsd", "mine", 0600));
    const auto receiver = open({.listen = "", .socket = folder / "statsd", .socket_mode = 0600});
    BOOST_REQUIRE(!receiver);
    BOOST_TEST((receiver.error().code == ErrorCode::conflict));
    BOOST_TEST(receiver.error().message.find("no socket") != std::string::npos);
    BOOST_TEST(files.read(folder / "statsd", 1_KiB).value() == "mine");
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
