#include "agent/checks/check_state.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;
using enum CheckStatus;

namespace {
struct StateFixture {
    CheckState state;
    WallTime now = wall_from_unix_ms(1'800'000'000'000);

    CheckChange take(CheckStatus result, int64_t max_attempts = 3) {
        now += 10s;
        return advance(state, result, max_attempts, now);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_state, StateFixture)

BOOST_AUTO_TEST_CASE(is_hard_when_as_many_results_as_attempts_came_in_a_row) {
    BOOST_TEST((take(ok) == CheckChange::first));
    BOOST_TEST((take(critical) == CheckChange::soft));
    BOOST_TEST(state.attempt == 1);
    BOOST_TEST(!state.is_hard);
    BOOST_TEST((state.hard_status == ok));
    BOOST_TEST((take(critical) == CheckChange::none));
    BOOST_TEST(state.attempt == 2);
    const auto before = now;
    BOOST_TEST((take(critical) == CheckChange::hard));
    BOOST_TEST(state.attempt == 3);
    BOOST_TEST((state.hard_status == critical));
    BOOST_TEST((state.hard_since == before + 10s));
    BOOST_TEST((state.since == before - 10s));  // it was critical from the first of the three on
    BOOST_TEST((take(critical) == CheckChange::none));
    BOOST_TEST(state.attempt == 3);
}

BOOST_AUTO_TEST_CASE(ends_softly_what_never_became_hard) {
    take(ok);
    take(critical);
    BOOST_TEST((take(ok) == CheckChange::soft));
    BOOST_TEST(state.is_hard);
    BOOST_TEST(state.attempt == 1);
    BOOST_TEST((take(ok) == CheckChange::none));
    // And counts from one again.
    take(critical);
    BOOST_TEST(state.attempt == 1);
}

BOOST_AUTO_TEST_CASE(ends_hard_what_was_hard) {
    take(ok);
    take(critical, 1);
    BOOST_TEST((state.hard_status == critical));
    BOOST_TEST((take(ok, 1) == CheckChange::hard));
    BOOST_TEST((state.hard_status == ok));
}

BOOST_AUTO_TEST_CASE(counts_on_while_a_soft_state_becomes_another) {
    take(ok);
    BOOST_TEST((take(warning) == CheckChange::soft));
    BOOST_TEST((take(critical) == CheckChange::soft));
    BOOST_TEST((take(unknown) == CheckChange::hard));
    BOOST_TEST((state.hard_status == unknown));
}

BOOST_AUTO_TEST_CASE(changes_from_one_hard_trouble_to_another_at_once) {
    take(ok);
    take(warning, 1);
    BOOST_TEST((take(critical) == CheckChange::hard));
    BOOST_TEST(state.is_hard);
}

BOOST_AUTO_TEST_CASE(begins_soft_when_the_first_result_is_bad) {
    BOOST_TEST((take(critical) == CheckChange::soft));
    BOOST_TEST(!state.is_hard);
    BOOST_TEST((state.hard_status == ok));
}

BOOST_AUTO_TEST_CASE(is_asked_again_soon_while_soft) {
    Check check;
    check.interval = 60s;
    check.retry_interval = 5s;
    BOOST_TEST((pause_after(state, check) == 60s));
    take(ok);
    BOOST_TEST((pause_after(state, check) == 60s));
    take(critical);
    BOOST_TEST((pause_after(state, check) == 5s));
    take(critical);
    take(critical);
    BOOST_TEST((pause_after(state, check) == 60s));
}

BOOST_AUTO_TEST_SUITE_END()
