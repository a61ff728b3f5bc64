#include "controller/alerts/flapping.hpp"

#include <boost/test/unit_test.hpp>
#include <initializer_list>

#include "controller/alerts/machine.hpp"

namespace vigie::controller::alerts {
namespace {

constexpr WallTime at(int64_t seconds) {
    return wall_from_unix_ms(1'800'000'000'000 + seconds * 1000);
}

// By how many evaluations ago.
StateChanges changed(std::initializer_list<int> ages) {
    StateChanges changes = 0;
    for (const int age : ages) {
        changes |= 1U << age;
    }
    return changes;
}

// An alert that is evaluated each ten seconds.
struct Alert {
    AlertPolicy policy{.is_damped = true};
    AlertState state{};
    std::vector<Page> pages{};
    int64_t now = 0;

    void see(Observed what, int times = 1) {
        for (int i = 0; i < times; ++i) {
            const auto next = step(state, what, at(now), now == 0 ? std::nullopt : std::optional(at(now - 10)), policy);
            now += 10;
            state = next.state;
            if (next.page != Page::none) {
                pages.push_back(next.page);
            }
        }
    }
    void alternate(int times) {
        for (int i = 0; i < times; ++i) {
            see(i % 2 == 0 ? Observed::breach : Observed::fine);
        }
    }
};

using Pages = std::vector<Page>;
const Pages twice_and_open{Page::fire, Page::resolve, Page::fire, Page::resolve, Page::fire};

BOOST_AUTO_TEST_SUITE(flapping)

// The example of Icinga 2's documentation: 0.84 + 0.86 + 0.88 + 0.9 + 0.98 + 1.06 + 1.12 + 1.18 = 7.82, of 20 that is
// 39.1 %. An evaluation weighs 0.8 + 0.02 * i, i from 0 for the oldest of 20.
BOOST_AUTO_TEST_CASE(the_value_is_icinga_s) {
    auto changes = changed({17, 16, 15, 14, 10, 6, 3, 0});
    BOOST_TEST(flapping_value(changes) == 3'910);
    // Each evaluation takes 0.02 of every change, and in the end the change: 7.66, 7.5, 6.56, 5.64, 4.74.
    for (const int expected : {3'830, 3'750, 3'280, 2'820, 2'370}) {
        changes = with_evaluation(changes, false);
        BOOST_TEST(flapping_value(changes) == expected);
        BOOST_TEST(is_flapping(changes, true) == (expected > 2'500));
        BOOST_TEST(is_flapping(changes, false) == (expected > 3'000));
    }
    BOOST_TEST(flapping_value(0) == 0);
    BOOST_TEST(flapping_value(with_evaluation(0xFFFFF, true)) == 9'900);  // 20 * 0.8 + 0.02 * 190 = 19.8
    for (int i = 0; i < 20; ++i) {
        changes = with_evaluation(changes, false);
    }
    BOOST_TEST(changes == 0U);
}

// Exactly 25 % is the end: 0.86 + 0.96 + 1.04 + 1.06 + 1.08 = 5 of 20.
BOOST_AUTO_TEST_CASE(at_the_lower_threshold_it_is_over) {
    const auto changes = changed({16, 11, 7, 6, 5});
    BOOST_TEST(flapping_value(changes) == 2'500);
    BOOST_TEST(!is_flapping(changes, true));
}

// The sixth change in a row makes 1.18 + 1.16 + 1.14 + 1.12 + 1.10 + 1.08 = 6.78 of 20, 33.9 %; the fifth made 28.5 %.
BOOST_AUTO_TEST_CASE(an_alert_that_begins_and_ends_each_time_stays_open_and_recovers_once) {
    Alert alert;
    alert.alternate(5);
    BOOST_TEST(!alert.state.is_flapping());
    alert.see(Observed::fine);
    BOOST_TEST(alert.state.is_flapping());
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.pages == twice_and_open));
    const auto fired_at = alert.state.fired_at;
    alert.alternate(54);
    BOOST_TEST((alert.pages == twice_and_open));
    BOOST_TEST((alert.state.fired_at == fired_at));
    // The last was a change. Of 20 in a row the 5 oldest remain after 15 evaluations: 5 * 0.8 + 0.02 * 10 = 4.2, 21 %;
    // after 14 the 6 oldest: 5.1, 25.5 %.
    alert.see(Observed::fine, 14);
    BOOST_TEST(alert.state.is_flapping());
    BOOST_TEST(alert.pages.size() == 5U);
    alert.see(Observed::fine);
    BOOST_TEST(!alert.state.is_flapping());
    BOOST_TEST((alert.state.phase == Phase::resolved));
    BOOST_TEST(alert.pages.size() == 6U);
    BOOST_TEST((alert.pages.back() == Page::resolve));
    BOOST_TEST((alert.state.resolved_at == at(alert.now - 10)));
    alert.see(Observed::fine, 40);
    BOOST_TEST(alert.pages.size() == 6U);
    BOOST_TEST(alert.state.changes == 0U);
}

// icinga2#9449. Changes 0, 4, 8, 11, 15 and 19 evaluations after the first one weigh 5.94, 29.7 %; with the next
// evaluation the first is forgotten: 1.18 + 1.16 + 1.08 + 1 + 0.94 + 0.86 = 6.22, 31.1 %.
BOOST_AUTO_TEST_CASE(one_that_begins_to_flap_as_it_fires_pages_once_and_its_end_once) {
    Alert alert;
    for (const int length : {4, 4, 3, 4, 4}) {
        alert.see(alert.state.is_open ? Observed::fine : Observed::breach, length);
    }
    alert.see(Observed::fine);
    BOOST_TEST(!alert.state.is_flapping());
    BOOST_TEST(alert.pages.size() == 6U);
    BOOST_TEST((alert.pages.back() == Page::resolve));
    alert.see(Observed::breach);
    BOOST_TEST(alert.state.is_flapping());
    BOOST_TEST(alert.pages.size() == 7U);
    BOOST_TEST((alert.pages.back() == Page::fire));
    alert.see(Observed::fine, 60);
    BOOST_TEST(alert.pages.size() == 8U);
    BOOST_TEST((alert.pages.back() == Page::resolve));
}

BOOST_AUTO_TEST_CASE(one_that_is_true_when_flapping_ends_goes_on_without_a_page) {
    Alert alert;
    alert.alternate(21);
    const auto fired_at = alert.state.fired_at;
    alert.see(Observed::breach, 14);
    BOOST_TEST(alert.state.is_flapping());
    alert.see(Observed::breach);
    BOOST_TEST(!alert.state.is_flapping());
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.state.fired_at == fired_at));
    BOOST_TEST((alert.pages == twice_and_open));
    alert.see(Observed::fine);
    BOOST_TEST(alert.pages.size() == 6U);
}

BOOST_AUTO_TEST_CASE(a_gap_neither_ends_flapping_nor_counts_as_quiet) {
    Alert alert;
    alert.alternate(20);
    const auto changes = alert.state.changes;
    alert.see(Observed::nothing, 31);  // 300 s from the first to the last
    BOOST_TEST((alert.state.phase == Phase::no_data));
    BOOST_TEST(alert.state.is_open);
    BOOST_TEST(alert.state.is_flapping());
    BOOST_TEST(alert.state.changes == changes);
    alert.see(Observed::fine, 14);
    BOOST_TEST((alert.state.phase == Phase::firing));
    alert.see(Observed::fine);
    BOOST_TEST(alert.pages.size() == 6U);
}

// Such as of a container that is removed: undamped it ended with its last evaluation.
BOOST_AUTO_TEST_CASE(one_that_is_over_beneath_recovers_once_when_its_series_is_gone) {
    Alert alert;
    alert.alternate(20);
    alert.see(Observed::nothing, 32);  // 310 s
    BOOST_TEST((alert.state.phase == Phase::resolved));
    BOOST_TEST(!alert.state.is_open);
    BOOST_TEST(!alert.state.is_flapping());
    BOOST_TEST(alert.state.changes == 0U);
    BOOST_TEST((alert.state.resolved_at == at(alert.now - 10)));
    BOOST_TEST(alert.pages.size() == twice_and_open.size() + 1);
    BOOST_TEST((alert.pages.back() == Page::resolve));
    alert.see(Observed::nothing, 40);
    BOOST_TEST(alert.pages.size() == twice_and_open.size() + 1);
    alert.see(Observed::breach);
    BOOST_TEST((alert.pages.back() == Page::fire));
}

// How long it was over before counts as little as how long it flapped: only the gap does.
BOOST_AUTO_TEST_CASE(a_short_gap_after_a_long_calm_is_no_end) {
    Alert alert{.policy = {.gap_max = 100s, .is_damped = true}};
    alert.alternate(20);
    alert.see(Observed::fine, 13);  // over for 130 s
    alert.see(Observed::nothing, 2);
    BOOST_TEST((alert.state.phase == Phase::no_data));
    BOOST_TEST(alert.state.is_flapping());
}

BOOST_AUTO_TEST_CASE(one_that_is_true_beneath_stays_open_without_data_as_undamped) {
    Alert alert;
    alert.alternate(21);
    alert.see(Observed::nothing, 100);
    BOOST_TEST((alert.state.phase == Phase::no_data));
    BOOST_TEST(alert.state.is_open);
    BOOST_TEST((alert.pages == twice_and_open));
}

// What is only pending beneath ends with the gap too, as undamped: a breach of 20 s fires, the last one is 10 s old.
BOOST_AUTO_TEST_CASE(one_that_is_pending_beneath_recovers_when_its_series_is_gone) {
    Alert alert{.policy = {.hold = 10s, .is_damped = true}};
    for (int i = 0; i < 10; ++i) {
        alert.see(Observed::breach, 2);
        alert.see(Observed::fine);
    }
    BOOST_TEST(alert.state.is_flapping());
    alert.see(Observed::breach);
    BOOST_REQUIRE(alert.state.beneath.has_value());
    BOOST_TEST((alert.state.beneath->phase == Phase::pending));
    const auto told = alert.pages.size();
    alert.see(Observed::nothing, 31);
    BOOST_TEST(alert.state.is_open);
    alert.see(Observed::nothing);
    BOOST_TEST((alert.state.phase == Phase::resolved));
    BOOST_TEST(alert.pages.size() == told + 1);
}

// What counts is what people would be told, not each value.
BOOST_AUTO_TEST_CASE(with_for_or_keep_firing_for_a_value_may_alternate_without_flapping) {
    Alert pending{.policy = {.hold = 1min, .is_damped = true}};
    pending.alternate(60);
    BOOST_TEST(pending.pages.empty());
    BOOST_TEST(pending.state.changes == 0U);
    Alert kept{.policy = {.keep_firing = 1min, .is_damped = true}};
    kept.alternate(60);
    BOOST_TEST(kept.pages.size() == 1U);
    BOOST_TEST(!kept.state.is_flapping());
}

BOOST_AUTO_TEST_CASE(without_damping_each_episode_pages) {
    Alert alert{.policy = {}};
    alert.alternate(60);
    BOOST_TEST(alert.pages.size() == 60U);
    BOOST_TEST(alert.state.changes == 0U);
}

BOOST_AUTO_TEST_CASE(closing_ends_flapping_with_one_page) {
    Alert alert;
    alert.alternate(20);
    const auto closed = close(alert.state, at(alert.now));
    BOOST_TEST((closed.page == Page::resolve));
    BOOST_TEST(!closed.state.is_flapping());
    BOOST_TEST(closed.state.changes == 0U);
    Alert over;
    over.alternate(2);
    BOOST_TEST(close(over.state, at(over.now)).state.changes == 0U);
    BOOST_TEST((close(over.state, at(over.now)).page == Page::none));
}

// Else each label set that comes once and never again would be looked at for ever.
BOOST_AUTO_TEST_CASE(changes_of_what_is_over_and_gone_are_forgotten) {
    Alert alert;
    alert.alternate(2);
    alert.see(Observed::nothing, 30);  // 300 s after the end
    BOOST_TEST(alert.state.changes != 0U);
    alert.see(Observed::nothing);
    BOOST_TEST(alert.state.changes == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::alerts
