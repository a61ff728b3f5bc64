#include "shared/loop/pool.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>
#include <set>

using namespace vigie;

namespace {

std::thread::id thread_of_next(Pool& pool) {
    std::promise<std::thread::id> told;
    pool.run([&told] { told.set_value(std::this_thread::get_id()); });
    return told.get_future().get();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(all_that_was_given_is_done_on_so_many_threads_and_no_more) {
    std::mutex guard;
    std::set<std::thread::id> threads;
    std::atomic<int> done = 0;
    {
        Pool pool(3);
        for (int i = 0; i < 100; ++i) {
            pool.run([&] {
                const std::lock_guard lock(guard);
                threads.insert(std::this_thread::get_id());
                ++done;
            });
        }
    }
    BOOST_TEST(done == 100);
    BOOST_TEST(threads.size() <= 3u);
    BOOST_TEST(!threads.contains(std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(the_oldest_thread_that_rests_takes_what_comes) {
    Pool pool(4);
    std::promise<void> first_ends;
    std::promise<std::thread::id> first;
    pool.run([&, end = first_ends.get_future().share()] {
        first.set_value(std::this_thread::get_id());
        end.wait();
    });
    const auto oldest = first.get_future().get();
    const auto second = thread_of_next(pool);  // while the first is busy
    BOOST_TEST((second != oldest));
    first_ends.set_value();
    // It rests a moment after its task has ended; from then on it is always the one.
    std::thread::id last;
    for (int i = 0; i < 10'000 && last != oldest; ++i) {
        last = thread_of_next(pool);
    }
    BOOST_TEST((last == oldest));
}

BOOST_AUTO_TEST_CASE(signals_are_for_others) {
    Pool pool(1);
    std::promise<bool> is_blocked;
    pool.run([&is_blocked] {
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        is_blocked.set_value(sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGCHLD) == 1);
    });
    BOOST_TEST(is_blocked.get_future().get());
    sigset_t own;
    pthread_sigmask(SIG_SETMASK, nullptr, &own);
    BOOST_TEST(sigismember(&own, SIGTERM) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
