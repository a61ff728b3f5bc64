// Each operation of the store fails once, and the process ends after each commit: the same calls go out, each once.
#include "tests/unit/controller/oncall/calls.hpp"

namespace vigie::controller::oncall {
namespace {

// Fires, is acknowledged after the second step, given back, and ends.
Texts story(Calls& calls) {
    calls.fire();
    calls.run_for(11min);
    BOOST_REQUIRE(calls.acknowledge().has_value());
    calls.run_for(1h);
    BOOST_REQUIRE(calls.release().has_value());
    calls.run_for(21min);
    calls.end();
    calls.run_for(1h);
    return calls.outbox();
}

const Texts expected{"anna-phone 1",  "ben-phone 1",  "ben-phone 2", "team 1",
                     "-anna-phone 1", "-ben-phone 2", "-team 1"};

}  // namespace

BOOST_AUTO_TEST_SUITE(oncall_escalation_faults)

BOOST_AUTO_TEST_CASE(no_step_is_missed_or_repeated_whichever_commit_fails) {
    Calls counted;
    BOOST_TEST(story(counted) == expected, boost::test_tools::per_element());
    BOOST_TEST(counted.store.commits_tried == 8u);  // fire, three steps and one again, two words, end
    for (size_t failing = 1; failing <= counted.store.commits_tried; ++failing) {
        Calls calls;
        calls.store.fail_from_commit = failing;
        BOOST_REQUIRE_MESSAGE(story(calls) == expected, "commit " << failing << " failed");
    }
}

BOOST_AUTO_TEST_CASE(no_step_is_missed_or_repeated_whichever_read_fails) {
    Calls counted;
    BOOST_TEST(story(counted) == expected, boost::test_tools::per_element());
    BOOST_TEST(counted.store.reads_tried > 10u);
    for (size_t failing = 1; failing <= counted.store.reads_tried; ++failing) {
        Calls calls;
        calls.store.fail_read = failing;
        BOOST_REQUIRE_MESSAGE(story(calls) == expected, "read " << failing << " failed");
    }
}

BOOST_AUTO_TEST_CASE(a_kill_after_any_commit_that_wrote_neither_repeats_nor_misses_a_step) {
    Calls calls;
    size_t restarts = 0;
    calls.after_commit = [&] {
        calls.restart();
        ++restarts;
    };
    BOOST_TEST(story(calls) == expected, boost::test_tools::per_element());
    BOOST_TEST(restarts > 7u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::oncall
