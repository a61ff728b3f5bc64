// Mute and active times on a simulated clock.
#include "tests/unit/controller/notify/routed_world.hpp"

namespace vigie::controller::notify {
namespace {

BOOST_AUTO_TEST_SUITE(group_windows)

constexpr auto muted =
    R"({receiver: team, routes: [{receiver: team, group_by: [alertname], group_wait: 30s, group_interval: 5m,
                           repeat_interval: 12h, mute_time_intervals: [window]}]})";
constexpr auto window =
    "time_intervals: [{name: window, time_intervals: [{times: [{start_time: '13:00', end_time: '14:00'}]}]}]";

// uptime-kuma#2846: down before and after a maintenance window.
BOOST_AUTO_TEST_CASE(an_alert_that_lasts_over_a_window_is_not_told_again) {
    World world(muted, window);
    world.fire("A1");
    world.run_for(5h);
    SAME(world.taken(), "30s A1");
    BOOST_TEST(world.posts.size() == 1U);
}

// uptime-kuma#2846: down before the window, up after it.
BOOST_AUTO_TEST_CASE(an_alert_that_ends_in_a_window_is_told_over_once_after_it) {
    World world(muted, window);
    world.fire("A1");
    world.run_for(80min);
    world.end("A1");
    world.restart();
    world.run_for(5h);
    BOOST_REQUIRE(world.posts.size() == 2U);
    BOOST_TEST(world.posts[1].text() == "-A1");
    BOOST_TEST((world.posts[1].at >= 2h));
    BOOST_TEST((world.posts[1].at <= 2h + 5min));
    BOOST_TEST((world.posts[1].message.alerts[0].ends_at == epoch + 80min));
    BOOST_TEST(world.rows.empty());
}

BOOST_AUTO_TEST_CASE(what_comes_and_goes_in_a_window_is_not_told) {
    World world(muted, window);
    world.run_for(70min);
    world.fire("A1");
    world.run_for(20min);
    world.end("A1");
    world.run_for(5h);
    BOOST_TEST(world.posts.empty());
    BOOST_TEST(world.rows.empty());
}

BOOST_AUTO_TEST_CASE(outside_of_its_active_times_a_route_is_quiet) {
    World world(R"({receiver: team, routes: [{receiver: team, group_wait: 30s, active_time_intervals: [window]}]})",
                window);
    world.fire("A1");
    world.run_for(5h);
    BOOST_REQUIRE(world.posts.size() == 1U);
    BOOST_TEST((world.posts[0].at >= 1h && world.posts[0].at <= 65min));
}

// 13:00 to 14:00 UTC, an hour after the world begins.
constexpr auto maintained =
    "[{name: w, matchers: [instance=~\"A.*\"], time_intervals: [{times: [{start_time: '13:00', end_time: '14:00'}]}]}]";

// uptime-kuma#2846: down before and after a maintenance window.
BOOST_AUTO_TEST_CASE(an_alert_that_lasts_over_maintenance_is_not_told_again) {
    World world(by_name);
    world.maintain(maintained);
    world.fire("A1");
    world.run_for(3h);
    SAME(world.taken(), "30s A1");
    BOOST_TEST(world.posts.size() == 1U);
}

// uptime-kuma#2846: down before the window, up after it.
BOOST_AUTO_TEST_CASE(an_alert_that_ends_in_maintenance_is_told_over_once_after_it) {
    World world(by_name);
    world.maintain(maintained);
    world.fire("A1");
    world.run_for(80min);
    world.end("A1");
    world.restart();
    world.run_for(5h);
    BOOST_REQUIRE(world.posts.size() == 2U);
    BOOST_TEST(world.posts[1].text() == "-A1");
    BOOST_TEST((world.posts[1].at >= 2h && world.posts[1].at <= 2h + 5min));
    BOOST_TEST(world.rows.empty());
}

BOOST_AUTO_TEST_CASE(what_begins_in_maintenance_is_told_once_after_it_if_it_lasts) {
    World world(by_name);
    world.maintain(maintained);
    world.run_for(70min);
    world.fire("A1");
    world.fire("A2");
    world.fire("B1");  // none of the window's
    world.run_for(20min);
    world.end("A2");
    world.run_for(2h);
    BOOST_REQUIRE(world.posts.size() == 2U);
    BOOST_TEST(world.posts[0].text() == "B1");
    BOOST_TEST(world.posts[1].text() == "A1");
    BOOST_TEST((world.posts[1].at >= 2h && world.posts[1].at <= 2h + 5min));
}

// icinga2#5361
BOOST_AUTO_TEST_CASE(fifty_restarts_during_maintenance_tell_nobody) {
    World world(by_name);
    world.maintain(maintained);
    world.fire("A1");
    world.run_for(61min);
    world.fire("A2");
    for (int i = 0; i < 50; ++i) {
        world.restart();
        world.run_for(1min);
    }
    SAME(world.taken(), "30s A1");
    BOOST_TEST(world.posts.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
