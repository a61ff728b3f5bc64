#include "controller/app/heartbeat.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/faulty_store.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Relay {
    std::unique_ptr<Loop> loop = Loop::open().value();
    MemoryStore store;
    FaultyStore faulty{store};
    DirectCommitter committer{faulty};
    tests::ManualClock clock;
    std::vector<std::function<void()>> at_the_rules;  // handed to their thread, and not taken yet
    int sent = 0;
    Heartbeat heartbeat{
        *loop, committer, clock, 60s,
        Heartbeat::Ways{.through_rules = [this](std::function<void()> on) { at_the_rules.push_back(std::move(on)); },
                        .send = [this] { ++sent; }}};

    void evaluate() {
        for (const auto& on : std::exchange(at_the_rules, {})) {
            on();
        }
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(heartbeat, Relay)

BOOST_AUTO_TEST_CASE(goes_out_once_rules_and_store_have_taken_it) {
    heartbeat.begin();
    BOOST_TEST(sent == 0);
    evaluate();
    BOOST_TEST(sent == 0);
    committer.run_pending();
    BOOST_TEST(sent == 1);
    BOOST_TEST(store.get(Family::meta, heartbeat_key).value().has_value());
    heartbeat.begin();
    evaluate();
    committer.run_pending();
    BOOST_TEST(sent == 2);
}

BOOST_AUTO_TEST_CASE(an_evaluation_that_hangs_stops_it_and_none_piles_up) {
    heartbeat.begin();
    heartbeat.begin();
    heartbeat.begin();
    BOOST_TEST(at_the_rules.size() == 1U);
    committer.run_pending();
    BOOST_TEST(sent == 0);
}

BOOST_AUTO_TEST_CASE(a_store_that_hangs_stops_it_and_none_piles_up) {
    for (int minute = 0; minute < 5; ++minute) {
        heartbeat.begin();
        evaluate();
    }
    BOOST_TEST(sent == 0);
    BOOST_TEST(committer.queued() == 1U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_sends_none_and_the_next_one_goes_on) {
    faulty.fail_from_commit = 1;
    heartbeat.begin();
    evaluate();
    committer.run_pending();
    BOOST_TEST(sent == 0);
    heartbeat.begin();
    evaluate();
    committer.run_pending();
    BOOST_TEST(sent == 1);
}

BOOST_AUTO_TEST_SUITE_END()
