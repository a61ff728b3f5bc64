#include "shared/loop/loop.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(loop)

BOOST_AUTO_TEST_CASE(post_from_another_thread_runs_in_order) {
    auto loop = Loop::open().value();
    std::vector<int> seen;
    std::thread poster([&] {
        for (int i = 0; i < 1000; ++i) {
            loop->post([&seen, i] { seen.push_back(i); });
        }
        loop->stop();
    });
    loop->run();
    poster.join();
    BOOST_REQUIRE(seen.size() == 1000u);
    BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
}

BOOST_AUTO_TEST_CASE(a_timer_may_destroy_itself) {
    auto loop = Loop::open().value();
    int ticks = 0;
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(*loop, [&] {
        ++ticks;
        timer.reset();
        loop->stop();
    });
    timer->start_every(1ms);
    loop->run();
    BOOST_TEST(ticks == 1);
}

BOOST_AUTO_TEST_CASE(pool_work_finishes_on_the_loop) {
    auto loop = Loop::open().value();
    bool ran_elsewhere = false;
    bool done_here = false;
    loop->post([&] {
        loop->run_on_pool([&] { ran_elsewhere = !loop->on_thread(); },
                          [&] {
                              done_here = loop->on_thread();
                              loop->stop();
                          });
    });
    loop->run();
    BOOST_TEST(ran_elsewhere);
    BOOST_TEST(done_here);
}

BOOST_AUTO_TEST_CASE(pool_work_under_way_is_waited_for_at_the_end) {
    int done = 0;
    std::promise<void> loop_has_ended;
    {
        auto loop = Loop::open().value();
        loop->post([&, ended = loop_has_ended.get_future().share()] {
            for (int i = 0; i < 20; ++i) {
                loop->run_on_pool([ended] { ended.wait(); }, [&done] { ++done; });
            }
            loop->stop();
        });
        loop->run();
        BOOST_TEST(done == 0);
        loop_has_ended.set_value();
    }
    BOOST_TEST(done == 20);
}

BOOST_AUTO_TEST_CASE(drain_watcher_goes_on_while_more_is_waiting) {
    auto loop = Loop::open().value();
    std::array<int, 2> ends{};
    BOOST_REQUIRE(pipe(ends.data()) == 0);
    // Readiness is signalled once for 100 messages, as ZeroMQ's descriptor does.
    int waiting = 100;
    int drained = 0;
    DrainWatcher watcher(
        *loop, ends[0], [&] { return waiting > 0; },
        [&] {
            waiting -= 10;
            drained += 10;
            if (waiting == 0) {
                loop->stop();
            }
        });
    loop->run();
    BOOST_TEST(drained == 100);
    close(ends[0]);
    close(ends[1]);
}

BOOST_AUTO_TEST_SUITE_END()
