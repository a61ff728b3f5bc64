#include "controller/alerts/machine.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::alerts {
namespace {

constexpr WallTime at(int64_t seconds) {
    return wall_from_unix_ms(seconds * 1000);
}

// One alert and the pages it sent, fed with reports every so often.
struct Alert {
    AlertPolicy policy;
    AlertState state;
    std::optional<WallTime> previous;
    std::vector<Page> pages;

    void see(Observed what, WallTime when) {
        const auto next = step(state, what, when, previous, policy);
        state = next.state;
        previous = when;
        if (next.page != Page::none) {
            pages.push_back(next.page);
        }
    }
};

BOOST_AUTO_TEST_SUITE(machine)

BOOST_AUTO_TEST_CASE(without_for_the_first_breach_fires) {
    Alert alert;
    alert.see(Observed::breach, at(10));
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.state.active_since == at(10)));
    BOOST_TEST((alert.pages == std::vector{Page::fire}));
}

BOOST_AUTO_TEST_CASE(with_for_it_fires_once_the_samples_span_it) {
    Alert alert{{5min}, {}, {}, {}};
    for (int64_t s = 0; s < 300; s += 15) {
        alert.see(Observed::breach, at(s));
        BOOST_TEST((alert.state.phase == Phase::pending));
    }
    alert.see(Observed::breach, at(300));
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.state.active_since == at(0)));
    BOOST_TEST((alert.state.fired_at == at(300)));
    alert.see(Observed::breach, at(315));
    BOOST_TEST(alert.pages.size() == 1U);
}

// Boot with breaches that pass within `for` (netdata#7217).
BOOST_AUTO_TEST_CASE(a_breach_shorter_than_for_pages_nobody) {
    Alert alert{{5min}, {}, {}, {}};
    alert.see(Observed::breach, at(0));
    alert.see(Observed::breach, at(60));
    alert.see(Observed::fine, at(75));
    BOOST_TEST((alert.state.phase == Phase::inactive));
    alert.see(Observed::breach, at(90));
    alert.see(Observed::breach, at(380));  // 290 s of the second breach
    BOOST_TEST((alert.state.phase == Phase::pending));
    BOOST_TEST(alert.pages.empty());
}

// P#17482: 90, 90, then nothing.
BOOST_AUTO_TEST_CASE(a_gap_never_resolves) {
    Alert alert;
    alert.see(Observed::breach, at(0));
    alert.see(Observed::breach, at(15));
    alert.see(Observed::nothing, at(30));
    BOOST_TEST((alert.state.phase == Phase::no_data));
    BOOST_TEST(alert.state.is_open);
    alert.see(Observed::nothing, at(86400));
    BOOST_TEST((alert.state.phase == Phase::no_data));
    BOOST_TEST((alert.state.changed_at == at(30)));
    alert.see(Observed::breach, at(86415));
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.state.active_since == at(0)));
    BOOST_TEST(alert.pages.size() == 1U);
    alert.see(Observed::nothing, at(86430));
    alert.see(Observed::fine, at(86445));
    BOOST_TEST((alert.state.phase == Phase::resolved));
    BOOST_TEST((alert.state.resolved_at == at(86445)));
    BOOST_TEST((alert.pages == std::vector{Page::fire, Page::resolve}));
}

// AM#952: an evaluation that comes late is no end.
BOOST_AUTO_TEST_CASE(a_late_evaluation_resolves_nothing) {
    Alert alert;
    alert.see(Observed::breach, at(0));
    alert.see(Observed::breach, at(3600));
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST(alert.pages.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_pending_breach_survives_a_short_gap_and_restarts_after_a_long_one) {
    Alert alert{{10min}, {}, {}, {}};
    alert.see(Observed::breach, at(0));
    alert.see(Observed::nothing, at(60));
    BOOST_TEST((alert.state.phase == Phase::no_data));
    BOOST_TEST(!alert.state.is_open);
    alert.see(Observed::breach, at(120));
    BOOST_TEST((alert.state.phase == Phase::pending));
    BOOST_TEST((alert.state.active_since == at(0)));
    alert.see(Observed::breach, at(3600));  // the host was off for an hour
    BOOST_TEST((alert.state.phase == Phase::pending));
    BOOST_TEST((alert.state.active_since == at(3600)));
    alert.see(Observed::nothing, at(3660));
    alert.see(Observed::breach, at(7200));
    BOOST_TEST((alert.state.active_since == at(7200)));
    alert.see(Observed::nothing, at(7260));
    alert.see(Observed::fine, at(7320));
    BOOST_TEST((alert.state.phase == Phase::inactive));
    BOOST_TEST(alert.pages.empty());
}

// A label that never repeats would leave one behind each time.
BOOST_AUTO_TEST_CASE(what_never_fired_is_over_once_its_series_is_missing_for_longer_than_a_gap) {
    Alert alert{{10min}, {}, {}, {}};
    alert.see(Observed::breach, at(0));
    alert.see(Observed::nothing, at(60));
    alert.see(Observed::nothing, at(360));  // 300 s
    BOOST_TEST((alert.state.phase == Phase::no_data));
    alert.see(Observed::nothing, at(361));
    BOOST_TEST((alert.state.phase == Phase::inactive));
    BOOST_TEST(alert.pages.empty());
    Alert rare{{1h, {}, 20min}, {}, {}, {}};
    rare.see(Observed::breach, at(0));
    rare.see(Observed::nothing, at(600));
    rare.see(Observed::nothing, at(1800));
    BOOST_TEST((rare.state.phase == Phase::no_data));
}

// AM#1063: fire, ok, fire.
BOOST_AUTO_TEST_CASE(each_episode_pages_and_starts_anew) {
    Alert alert;
    alert.see(Observed::breach, at(0));
    alert.see(Observed::fine, at(15));
    alert.see(Observed::breach, at(30));
    BOOST_TEST((alert.pages == std::vector{Page::fire, Page::resolve, Page::fire}));
    BOOST_TEST((alert.state.active_since == at(30)));
    BOOST_TEST((alert.state.resolved_at == WallTime{}));
}

BOOST_AUTO_TEST_CASE(keep_firing_for_wants_an_unbroken_recovery) {
    Alert alert{{0s, 60s}, {}, {}, {}};
    alert.see(Observed::breach, at(0));
    alert.see(Observed::fine, at(15));
    alert.see(Observed::breach, at(30));
    alert.see(Observed::fine, at(45));
    alert.see(Observed::fine, at(90));
    BOOST_TEST((alert.state.phase == Phase::firing));
    alert.see(Observed::fine, at(105));
    BOOST_TEST((alert.state.phase == Phase::resolved));
    BOOST_TEST((alert.pages == std::vector{Page::fire, Page::resolve}));
}

BOOST_AUTO_TEST_CASE(what_is_held_is_true_for_an_alert_that_fired_and_false_for_others) {
    Alert alert{{0s, 60s}, {}, {}, {}};
    alert.see(Observed::breach, at(0));
    alert.see(Observed::fine, at(15));
    alert.see(Observed::held, at(30));
    alert.see(Observed::fine, at(45));
    alert.see(Observed::fine, at(90));
    BOOST_TEST((alert.state.phase == Phase::firing));
    alert.see(Observed::nothing, at(100));
    alert.see(Observed::held, at(102));
    BOOST_TEST((alert.state.phase == Phase::firing));
    alert.see(Observed::fine, at(104));
    alert.see(Observed::fine, at(164));
    BOOST_TEST((alert.state.phase == Phase::resolved));
    alert.see(Observed::held, at(180));
    BOOST_TEST((alert.state.phase == Phase::resolved));
    BOOST_TEST((alert.pages == std::vector{Page::fire, Page::resolve}));
    Alert pending{{60s}, {}, {}, {}};
    pending.see(Observed::breach, at(0));
    pending.see(Observed::held, at(15));
    BOOST_TEST((pending.state.phase == Phase::inactive));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_restarts_for_and_never_ends_before_it_began) {
    Alert alert{{60s}, {}, {}, {}};
    alert.see(Observed::breach, at(1000));
    alert.see(Observed::breach, at(500));
    BOOST_TEST((alert.state.active_since == at(500)));
    alert.see(Observed::breach, at(560));
    BOOST_TEST((alert.state.fired_at == at(560)));
    alert.see(Observed::fine, at(100));
    BOOST_TEST((alert.state.resolved_at == at(560)));
}

BOOST_AUTO_TEST_CASE(an_episode_that_fires_when_the_last_one_did_has_a_time_of_its_own) {
    Alert alert;
    alert.see(Observed::breach, at(1000));
    BOOST_TEST((alert.state.fired_at == at(1000)));
    alert.see(Observed::fine, at(20));
    alert.see(Observed::breach, at(1000));
    BOOST_TEST((alert.state.fired_at == at(1000) + 1ms));
    alert.see(Observed::fine, at(1010));
    alert.see(Observed::breach, at(1020));
    BOOST_TEST((alert.state.fired_at == at(1020)));
}

BOOST_AUTO_TEST_CASE(closing_ends_an_open_alert_and_drops_a_pending_one) {
    Alert open;
    open.see(Observed::breach, at(0));
    open.see(Observed::nothing, at(15));
    const auto closed = close(open.state, at(30));
    BOOST_TEST((closed.state.phase == Phase::resolved));
    BOOST_TEST((closed.page == Page::resolve));
    BOOST_TEST((close(closed.state, at(60)).state == closed.state));
    Alert pending{{60s}, {}, {}, {}};
    pending.see(Observed::breach, at(0));
    BOOST_TEST((close(pending.state, at(30)).state.phase == Phase::inactive));
    BOOST_TEST((close(pending.state, at(30)).page == Page::none));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::alerts
