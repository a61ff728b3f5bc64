#include "shared/loop/hangup.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/fd.hpp"

using namespace vigie;

namespace {
struct Pair {
    std::unique_ptr<Loop> loop = Loop::open().value();
    Fd ours;
    Fd theirs;
    int told = 0;
    Pair() {
        int ends[2];
        BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        ours = Fd(ends[0]);
        theirs = Fd(ends[1]);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(hangup, Pair)

BOOST_AUTO_TEST_CASE(tells_once_that_the_peer_left_and_not_that_it_wrote) {
    std::unique_ptr<HangupWatcher> watcher;
    watcher = std::make_unique<HangupWatcher>(*loop, ours.get(), [&] {
        ++told;
        watcher.reset();  // as its owner may
        loop->stop();
    });
    BOOST_REQUIRE(send(theirs.get(), "x", 1, 0) == 1);
    loop->stop();
    loop->run();
    BOOST_TEST(told == 0);
    theirs.reset();
    loop->run();
    BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(is_quiet_once_it_is_gone) {
    auto watcher = std::make_unique<HangupWatcher>(*loop, ours.get(), [&] { ++told; });
    watcher.reset();
    theirs.reset();
    loop->stop();
    loop->run();
    BOOST_TEST(told == 0);
}

BOOST_AUTO_TEST_SUITE_END()
