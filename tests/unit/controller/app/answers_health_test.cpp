#include "controller/app/answers_health.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct HealthWorld : World {
    HealthWorld() {
        add_health_answers(desk, *sources);
        connect(AgentId{"web-1"}, {{"env", "prod"}});
        connect(AgentId{"web-2"}, {{"env", "test"}});
        const std::string labels = R"({category="database",check="pg",kind="postgresql"})";
        report(AgentId{"web-1"}, 1,
               fmt::format("vigie_check_status{0}\nvigie_check_state_hard{0}\nvigie_check_since_timestamp_seconds{0}\n",
                           labels),
               {2, 1, 1'799'999'000});
        const protocol::HostEvent event{.at_unix_ms = 1'800'000'000'000,
                                        .severity = protocol::EventSeverity::error,
                                        .source = "check:pg",
                                        .message = "CRITICAL hard 3/3: Connection refused"};
        BOOST_REQUIRE(path->offer(AgentId{"web-1"}, protocol::Stream::results, 1, 1,
                                  protocol::encode_entry(protocol::Entry{event})));
        settle();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_health, HealthWorld)

BOOST_AUTO_TEST_CASE(a_hosts_checks_are_told_with_what_they_said_last) {
    const auto rows = ask("health", {{"host", "web-1"}}).value();
    BOOST_REQUIRE(rows.size() == 1u);
    BOOST_TEST(rows[0]["category"] == "database");
    BOOST_TEST(rows[0]["name"] == "pg");
    BOOST_TEST(rows[0]["state"] == "critical");
    BOOST_TEST(rows[0]["is_critical"] == true);
    BOOST_TEST(rows[0]["since"] == "2027-01-15T07:43:20.000Z");  // 1,799,999,000 s
    BOOST_TEST(rows[0]["output"] == "Connection refused");
}

BOOST_AUTO_TEST_CASE(all_hosts_or_those_with_a_label_are_told) {
    BOOST_TEST(ask("health")->size() == 1u);
    BOOST_TEST(ask("health", {{"labels", {{"env", "prod"}}}})->size() == 1u);
    BOOST_TEST(ask("health", {{"labels", {{"env", "test"}}}})->empty());
    BOOST_TEST(ask("health", {{"host", "web-1"}, {"labels", {{"env", "test"}}}})->empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_or_empty_host_is_no_selection) {
    BOOST_TEST(ask("health", {{"host", "wbe-1"}}).error().message ==
               "host 'wbe-1' is not enrolled, did you mean 'web-1'?");
    BOOST_TEST(!ask("health", {{"host", ""}}));
}

BOOST_AUTO_TEST_CASE(more_hosts_than_can_be_read_at_once_are_refused) {
    for (int i = 0; i < 50; ++i) {
        connect(AgentId{fmt::format("many-{}", i)}, {{"env", "many"}});
    }
    BOOST_TEST(ask("health").error().message ==
               "52 hosts are more than the 50 that can be shown at once: name one, or select some with -l");
    BOOST_TEST(ask("health", {{"labels", {{"env", "many"}}}})->empty());
}

BOOST_AUTO_TEST_CASE(of_a_silent_host_that_is_said_first) {
    for (int i = 0; i < 100; ++i) {  // a host gets a minute more after a start
        tick_after(1s);
    }
    const auto rows = ask("health", {{"host", "web-1"}}).value();
    BOOST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[0]["state"] == "unknown");
    BOOST_TEST(rows[0]["output"] == "the host is silent: what follows is what it said before");
    BOOST_TEST(rows[1]["name"] == "pg");
    // What is older than five minutes is nobody's state any more.
    tick_after(300s);
    BOOST_TEST(ask("health", {{"host", "web-1"}})->size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_check_that_was_removed_is_not_shown_any_more) {
    clock.advance(15s);
    report(AgentId{"web-1"}, 2, "node_load1\n", {1});
    BOOST_TEST(ask("health", {{"host", "web-1"}})->empty());
}

BOOST_AUTO_TEST_CASE(the_event_stands_among_the_hosts) {
    const auto shown = ask("hosts.show", {{"host", "web-1"}}).value();
    BOOST_TEST(shown["events"][0]["message"] == "web-1: check:pg: CRITICAL hard 3/3: Connection refused");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
