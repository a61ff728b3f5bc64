// Against a bus of the test's own behind a Unix socket.
#include "agent/systemd/unit_source.hpp"

#include <unistd.h>

#include <mutex>
#include <thread>

#include "shared/os/fd.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/agent/systemd/fake_systemd.hpp"

namespace vigie::agent {
namespace {

using tests_of_systemd::FakeSystemd;

// One connection after the other, each to a systemd as `make` makes it.
class Bus {
  public:
    Bus(const std::string& path, std::function<FakeSystemd()> make)
        : make_(std::move(make)), listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const auto at = unix_address(path).value();
        BOOST_REQUIRE(bind(listener_.get(), at.raw(), at.size) == 0);
        BOOST_REQUIRE(listen(listener_.get(), 16) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~Bus() {
        shutdown(listener_.get(), SHUT_RDWR);
        cut();
        thread_.join();
    }
    size_t connections() {
        const std::lock_guard lock(guard_);
        return connections_;
    }
    bool has_peer() {
        const std::lock_guard lock(guard_);
        return static_cast<bool>(peer_);
    }
    // Ends the connection that there is, as a bus that is restarted does.
    void cut() {
        const std::lock_guard lock(guard_);
        if (peer_) {
            shutdown(peer_.get(), SHUT_RDWR);
        }
    }

  private:
    void serve() {
        for (;;) {
            Fd accepted(accept(listener_.get(), nullptr, nullptr));
            if (!accepted) {
                return;
            }
            const int peer = accepted.get();
            {
                const std::lock_guard lock(guard_);
                peer_ = std::move(accepted);
                ++connections_;
            }
            auto systemd = make_();
            std::array<char, 4096> buffer{};
            for (;;) {
                const auto got = read(peer, buffer.data(), buffer.size());
                if (got <= 0) {
                    break;
                }
                const auto said = systemd.answer({buffer.data(), static_cast<size_t>(got)});
                static_cast<void>(send(peer, said.data(), said.size(), MSG_NOSIGNAL));
            }
            const std::lock_guard lock(guard_);
            peer_.reset();
        }
    }
    std::function<FakeSystemd()> make_;
    Fd listener_;
    std::mutex guard_;
    Fd peer_;
    size_t connections_ = 0;
    std::thread thread_;
};

struct Asking {
    tests::TempFolder folder;
    SystemFiles files;
    std::unique_ptr<Loop> loop = Loop::open().value();
    UnitSourceOptions options;
    std::optional<UnitSource> source;

    Asking() {
        options.socket = folder / "bus";
        options.patience = options.deadline = 10s;
    }
    static FakeSystemd with_one_unit() {
        FakeSystemd systemd;
        systemd.units["a.path"];
        return systemd;
    }
    static FakeSystemd mute() {
        FakeSystemd systemd;
        systemd.is_mute = true;
        return systemd;
    }
    static FakeSystemd mute_after_one_round() {
        auto systemd = with_one_unit();
        systemd.lists_max = 1;
        return systemd;
    }
    // Refreshes, and runs the loop until it is ready.
    void refresh() {
        if (!source) {
            source.emplace(*loop, files, options);
        }
        source->refresh([this] { loop->stop(); });
        loop->run();
    }
    // Runs the loop until it is so, for ten seconds at most.
    bool becomes(const std::function<bool()>& is_so) {
        bool was_so = false;
        Timer look(*loop, [&] {
            was_so = is_so();
            if (was_so) {
                loop->stop();
            }
        });
        Timer end(*loop, [&] { loop->stop(); });
        look.start_every(1ms);
        end.start_once(10s);
        loop->run();
        return was_so;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unit_source, Asking)

BOOST_AUTO_TEST_CASE(rounds_share_one_connection) {
    Bus bus(options.socket, with_one_unit);
    for (int i = 0; i < 3; ++i) {
        refresh();
        BOOST_REQUIRE(source->reading());
        BOOST_TEST(source->reading()->units.size() == 1u);
        BOOST_TEST(source->reading()->version == "252.38-1~deb12u1");
    }
    BOOST_TEST(bus.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(without_a_bus_it_is_ready_at_once) {
    source.emplace(*loop, files, options);
    bool is_ready = false;
    source->refresh([&] { is_ready = true; });
    BOOST_TEST(is_ready);
    BOOST_TEST((source->reading().error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(a_bus_that_nobody_listens_on_is_told) {
    {
        const Fd dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto at = unix_address(options.socket).value();
        BOOST_REQUIRE(bind(dead.get(), at.raw(), at.size) == 0);
    }
    refresh();
    BOOST_TEST((source->reading().error().code == ErrorCode::unavailable));
    BOOST_TEST(source->reading().error().message.find(options.socket) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bus_that_hangs_is_waited_for_no_longer_than_the_patience_and_has_one_connection) {
    options.patience = 1ms;
    options.deadline = 1h;
    Bus bus(options.socket, mute);
    refresh();
    BOOST_TEST((source->reading().error().code == ErrorCode::unavailable));
    bool is_ready = false;
    source->refresh([&] { is_ready = true; });
    BOOST_TEST(is_ready);  // without a wait: the first round is not over
    BOOST_TEST(becomes([&] { return bus.connections() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_round_that_does_not_end_closes_the_connection_and_the_next_one_opens_another) {
    options.patience = options.deadline = 5ms;
    Bus bus(options.socket, mute);
    source.emplace(*loop, files, options);
    std::optional<ErrorCode> told;  // to who waits: a patience as long as the deadline waits for the reason
    source->refresh([&] { told = source->reading().error().code; });
    BOOST_TEST(becomes([&] { return told.has_value(); }));
    BOOST_TEST((told == ErrorCode::timed_out));
    refresh();
    BOOST_TEST(becomes([&] { return bus.connections() == 2; }));
}

// The deadline is longer than what a machine with much to do needs for a round; should it not be, the round is
// repeated.
BOOST_AUTO_TEST_CASE(after_the_patience_a_collection_has_the_reading_before_and_after_the_deadline_none) {
    options.patience = 1ms;
    options.deadline = 200ms;
    Bus bus(options.socket, mute_after_one_round);
    source.emplace(*loop, files, options);
    BOOST_REQUIRE(becomes([&] {
        if (!source->reading()) {
            source->refresh([] {});
        }
        return source->reading().has_value();
    }));
    int times_ready = 0;
    bool had_reading = false;
    source->refresh([&] {
        ++times_ready;
        had_reading = source->reading().has_value();
    });
    BOOST_TEST(times_ready == 0);
    BOOST_TEST(becomes([&] { return !source->reading(); }));
    BOOST_TEST((source->reading().error().code == ErrorCode::timed_out));
    BOOST_TEST(had_reading);
    BOOST_TEST(times_ready == 1);
}

BOOST_AUTO_TEST_CASE(who_waits_gives_way_to_the_next_one_and_one_collection_is_made) {
    options.deadline = 5ms;
    Bus bus(options.socket, mute);
    source.emplace(*loop, files, options);
    int times_first = 0;
    int times_second = 0;
    source->refresh([&] { ++times_first; });
    source->refresh([&] { ++times_second; });
    BOOST_TEST(times_first + times_second == 0);
    BOOST_TEST(becomes([&] { return times_second > 0; }));
    BOOST_TEST(times_first == 0);
    BOOST_TEST(times_second == 1);
    BOOST_TEST((source->reading().error().code == ErrorCode::timed_out));
}

BOOST_AUTO_TEST_CASE(after_a_stop_there_is_no_connection_and_no_old_reading) {
    Bus bus(options.socket, with_one_unit);
    refresh();
    BOOST_REQUIRE(source->reading());
    source->stop();
    BOOST_REQUIRE(!source->reading());
    BOOST_TEST((source->reading().error().code == ErrorCode::unavailable));
    BOOST_TEST(becomes([&] { return !bus.has_peer(); }));
    refresh();
    BOOST_TEST(source->reading().has_value());
    BOOST_TEST(bus.connections() == 2u);
}

BOOST_AUTO_TEST_CASE(a_stop_calls_who_waits) {
    Bus bus(options.socket, mute);
    source.emplace(*loop, files, options);
    int times_ready = 0;
    source->refresh([&] { ++times_ready; });
    source->stop();
    BOOST_TEST(times_ready == 1);
    BOOST_TEST((source->reading().error().code == ErrorCode::unavailable));
}

BOOST_AUTO_TEST_CASE(a_bus_that_was_restarted_is_found_again) {
    Bus bus(options.socket, with_one_unit);
    refresh();
    BOOST_REQUIRE(source->reading());
    bus.cut();
    refresh();  // may still meet the connection that ends
    refresh();
    BOOST_TEST(source->reading().has_value());
    BOOST_TEST(bus.connections() == 2u);
}

BOOST_AUTO_TEST_CASE(other_options_are_asked_for_at_the_next_round) {
    Bus bus(options.socket, with_one_unit);
    refresh();
    options.units.include = {"*.service"};
    source->configure(options);
    BOOST_TEST(!source->reading());
    refresh();
    BOOST_REQUIRE(source->reading());
    BOOST_TEST(source->reading()->units.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
