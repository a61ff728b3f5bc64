// The tree is the example of Alertmanager's documentation ("route: receiver: default-receiver …"), and what it says of
// it.
#include "controller/routing/route.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/routing/routing_file.hpp"

namespace vigie::controller::routing {
namespace {

constexpr auto file = R"(
route:
  receiver: default
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  group_by: [cluster, alertname]
  routes:
  - receiver: database
    group_wait: 10s
    matchers: ['service=~"mysql|cassandra"']
    routes:
    - {match: {owner: team-a}, receiver: a, continue: true}
    - {match_re: {owner: 'team-(a|b)'}, receiver: b}
  - receiver: frontend
    group_by: [product, environment]
    matchers: ['team="frontend"']
    mute_time_intervals: [nights]
  - {receiver: all, group_by: ['...'], match: {each: one}}
receivers: [{name: default}, {name: database}, {name: frontend}, {name: a}, {name: b}, {name: all}]
time_intervals: [{name: nights, time_intervals: [{times: [{start_time: '00:00', end_time: '06:00'}]}]}]
)";

struct Tree {
    Routing routing = parse_routing_file(file, "a.yml").value();
    std::vector<std::string> receivers(const Labels& labels) const {
        std::vector<std::string> names;
        for (const auto* route : routes_of(*routing.root, labels)) {
            names.push_back(route->options.receiver);
        }
        return names;
    }
};
using Names = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(route, Tree)

BOOST_AUTO_TEST_CASE(the_first_matching_branch_is_taken_to_its_end) {
    BOOST_TEST(receivers({{"alertname", "A"}}) == Names{"default"}, boost::test_tools::per_element());
    BOOST_TEST(receivers({{"service", "mysql"}}) == Names{"database"}, boost::test_tools::per_element());
    BOOST_TEST(receivers({{"service", "mysql"}, {"team", "frontend"}}) == Names{"database"},
               boost::test_tools::per_element());
    BOOST_TEST(receivers({{"service", "mysql2"}, {"team", "frontend"}}) == Names{"frontend"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(continue_looks_at_the_next_route_too) {
    BOOST_TEST(receivers({{"service", "cassandra"}, {"owner", "team-a"}}) == (Names{"a", "b"}),
               boost::test_tools::per_element());
    BOOST_TEST(receivers({{"service", "cassandra"}, {"owner", "team-b"}}) == Names{"b"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(options_are_taken_over_and_intervals_are_not) {
    const auto& database = routing.root->routes[0];
    BOOST_TEST((database.options.group_wait == 10s));
    BOOST_TEST((database.options.group_interval == 5min));
    BOOST_TEST(database.options.group_by == (Names{"alertname", "cluster"}), boost::test_tools::per_element());
    BOOST_TEST((database.routes[0].options.group_wait == 10s));
    BOOST_TEST(routing.root->routes[1].options.group_by == (Names{"environment", "product"}),
               boost::test_tools::per_element());
    BOOST_TEST(routing.root->routes[1].mute_intervals == Names{"nights"}, boost::test_tools::per_element());
    BOOST_TEST(database.mute_intervals.empty());
    const auto empty = parse_routing_file(
        "route: {receiver: r, group_by: [a], routes: [{group_by: []}]}\nreceivers: [{name: r}]", "a.yml");
    BOOST_TEST(empty.value().root->routes[0].options.group_by == Names{"a"}, boost::test_tools::per_element());
}

// "{}/{service=~\"mysql|cassandra\"}:{alertname=\"A\"}" is how Alertmanager writes it; match_re keeps its anchors
// there.
BOOST_AUTO_TEST_CASE(a_group_is_known_by_its_route_and_its_labels) {
    const auto& database = routing.root->routes[0];
    const Labels labels{{"alertname", "A \"b\""}, {"cluster", "c1"}, {"instance", "web-1"}};
    const auto kept = group_labels(database.options, labels);
    BOOST_TEST(kept.size() == 2U);
    BOOST_TEST(group_key(database, kept) == R"({}/{service=~"mysql|cassandra"}:{alertname="A \"b\"", cluster="c1"})");
    BOOST_TEST(database.routes[1].key == R"({}/{service=~"mysql|cassandra"}/{owner=~"^(?:team-(a|b))$"})");
    BOOST_TEST(group_key(*routing.root, {}) == "{}:{}");
    const auto& all = routing.root->routes[2];
    BOOST_TEST((group_labels(all.options, labels) == labels));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing
