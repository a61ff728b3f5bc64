#include "controller/app/rules_view.hpp"

#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_AUTO_TEST_SUITE(rules_view_of_records)

BOOST_AUTO_TEST_CASE(rules_have_their_alerts_and_the_controllers_own_stand_apart) {
    World world;
    world.connect(AgentId{"web-1"});
    world.report(AgentId{"web-1"}, 1, "node_load1\n", {5});
    auto view = rules_view(*world.records, world.memory).value();
    BOOST_REQUIRE(view.groups.size() == 1u);
    BOOST_TEST(view.groups[0].name == "load");
    BOOST_REQUIRE(view.groups[0].rules.size() == 1u);
    const auto& rule = view.groups[0].rules[0];
    BOOST_TEST(rule.name == "LoadHigh");
    BOOST_TEST(rule.query == "node_load1 > 4");
    BOOST_TEST(rule.annotations.at("summary") == "load is {{ $value }}");
    BOOST_REQUIRE(rule.alerts.size() == 1u);
    BOOST_TEST(rule.alerts[0].is_firing);
    BOOST_TEST(rule.alerts[0].value == 5);
    BOOST_TEST(rule.alerts[0].labels.at("instance") == "web-1");
    BOOST_TEST(view.others.empty());
    for (int i = 0; i < 120; ++i) {
        world.tick_after(1s);
    }
    view = rules_view(*world.records, world.memory).value();
    BOOST_REQUIRE(view.others.size() == 1u);
    BOOST_TEST(view.others[0].labels.at("alertname") == "HostSilent");
    // Nobody can judge it while the host is silent, and it is not over.
    BOOST_TEST(view.groups[0].rules[0].alerts.at(0).is_firing);
}

BOOST_AUTO_TEST_CASE(an_alert_that_is_kept_firing_tells_since_when) {
    World world(nullptr, "groups: [{name: g, rules: [{alert: A, expr: node_load1 > 4, keep_firing_for: 1m}]}]");
    const auto alert = [&world] {
        return rules_view(*world.records, world.memory).value().groups.at(0).rules.at(0).alerts.at(0);
    };
    world.report(AgentId{"web-1"}, 1, "node_load1\n", {5});
    BOOST_TEST(!alert().kept_firing_since.has_value());
    world.clock.advance(15s);
    world.report(AgentId{"web-1"}, 2, "node_load1\n", {1});
    BOOST_TEST(alert().is_firing);
    BOOST_TEST((alert().kept_firing_since == world.clock.wall()));
}

BOOST_AUTO_TEST_CASE(what_is_over_is_not_shown) {
    World world;
    world.connect(AgentId{"web-1"});
    world.report(AgentId{"web-1"}, 1, "node_load1\n", {5});
    world.clock.advance(15s);
    world.report(AgentId{"web-1"}, 2, "node_load1\n", {1});
    BOOST_TEST(rules_view(*world.records, world.memory).value().groups.at(0).rules.at(0).alerts.empty());
}

BOOST_AUTO_TEST_SUITE_END()
