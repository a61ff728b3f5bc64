#include "controller/maintenance/in_force.hpp"

#include "tests/unit/controller/maintenance/maintained.hpp"

namespace vigie::controller::maintenance {
namespace {

WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}

Maintenance daily(const std::string& times) {
    return parse_maintenance("- {name: w, matchers: [env=staging], time_intervals: [{" + times + "}]}\n").value();
}

const routing::Labels staging{{"alertname", "Down"}, {"env", "staging"}};

// Of the night of 2026-11-27: sent at 02:30.
RunSpan nightly(std::optional<std::string_view> over = std::nullopt) {
    RunSpan run;
    run.run = RunId{"0199"};
    run.plan = "nightly";
    run.job = "backup";
    run.agent = AgentId{"db-1"};
    run.begun_at = at("2026-11-27T02:30:00Z");
    run.lease = 1h;
    if (over) {
        run.over_at = at(*over);
    }
    return run;
}

struct Runs {
    Maintenance maintenance = parse_maintenance("", {holding({"alertname=Slow", "alertname=Lag"})}).value();

    bool holds(const RunSpan& run, std::string_view when, const std::string& alert = "Slow",
               const std::string& host = "db-1") const {
        return InForce(maintenance, {run}).holds({{"alertname", alert}, {"instance", host}}, at(when));
    }
};

BOOST_AUTO_TEST_SUITE(maintenance_in_force)

// uptime-kuma#6233: on 2026-03-29 02:00 becomes 03:00 at 01:00Z, on 2026-10-25 03:00 becomes 02:00 at 01:00Z.
BOOST_AUTO_TEST_CASE(a_window_keeps_its_local_time_when_clocks_change) {
    const auto window = daily("times: [{start_time: '02:30', end_time: '03:30'}], location: Europe/Berlin");
    const InForce in_force(window, {});
    BOOST_TEST(!in_force.holds(staging, at("2026-03-29T00:59:59Z")));
    BOOST_TEST(in_force.holds(staging, at("2026-03-29T01:00:00Z")));
    BOOST_TEST(in_force.holds(staging, at("2026-03-29T01:29:59Z")));
    BOOST_TEST(!in_force.holds(staging, at("2026-03-29T01:30:00Z")));
    BOOST_TEST(!in_force.holds(staging, at("2026-10-25T00:29:59Z")));
    BOOST_TEST(in_force.holds(staging, at("2026-10-25T00:30:00Z")));
    BOOST_TEST(in_force.holds(staging, at("2026-10-25T02:29:59Z")));
    BOOST_TEST(!in_force.holds(staging, at("2026-10-25T02:30:00Z")));
}

// AM#2646
BOOST_AUTO_TEST_CASE(without_a_location_a_window_is_in_utc_whatever_the_environment_says) {
    const char* before = std::getenv("TZ");
    const std::string kept = before == nullptr ? "" : before;
    setenv("TZ", "Asia/Seoul", 1);
    tzset();
    const auto window = daily("times: [{start_time: '13:00', end_time: '24:00'}]");
    const InForce in_force(window, {});
    BOOST_TEST(in_force.holds(staging, at("2026-11-27T13:00:00Z")));
    BOOST_TEST(!in_force.holds(staging, at("2026-11-27T04:00:00Z")));  // 13:00 in Seoul
    before == nullptr ? unsetenv("TZ") : setenv("TZ", kept.c_str(), 1);
    tzset();
}

BOOST_AUTO_TEST_CASE(a_window_holds_what_it_matches_and_says_so) {
    const auto window = daily("times: [{start_time: '00:00', end_time: '24:00'}]");
    const InForce in_force(window, {});
    BOOST_TEST(!in_force.holds({{"alertname", "Down"}}, at("2026-11-27T04:00:00Z")));
    const auto held = in_force.all(staging, at("2026-11-27T04:00:00Z"));
    BOOST_REQUIRE(held.size() == 1u);
    BOOST_TEST(held[0].by == "maintenance");
    BOOST_TEST(held[0].id == "w");
    BOOST_TEST(held[0].why == "maintenance window 'w'");
    BOOST_TEST(!InForce().holds(staging, at("2026-11-27T04:00:00Z")));
}

BOOST_FIXTURE_TEST_CASE(a_run_holds_the_alerts_that_it_names_on_its_host, Runs) {
    BOOST_TEST(!holds(nightly(), "2026-11-27T02:29:59Z"));
    BOOST_TEST(holds(nightly(), "2026-11-27T02:30:00Z"));
    BOOST_TEST(holds(nightly(), "2026-11-27T02:30:00Z", "Lag"));
    BOOST_TEST(!holds(nightly(), "2026-11-27T02:30:00Z", "DiskFull"));
    BOOST_TEST(!holds(nightly(), "2026-11-27T02:30:00Z", "Slow", "db-2"));
    BOOST_TEST(!InForce(maintenance, {nightly()}).holds({{"alertname", "Slow"}}, at("2026-11-27T02:30:00Z")));
}

BOOST_FIXTURE_TEST_CASE(until_it_is_over_and_the_grace_is_too, Runs) {
    const auto run = nightly("2026-11-27T02:50:00Z");
    BOOST_TEST(holds(run, "2026-11-27T02:59:59Z"));
    BOOST_TEST(!holds(run, "2026-11-27T03:00:00Z"));
    const InForce in_force(maintenance, {run});
    const auto held = in_force.all({{"alertname", "Slow"}, {"instance", "db-1"}}, at("2026-11-27T02:55:00Z"));
    BOOST_REQUIRE(held.size() == 1u);
    BOOST_TEST(held[0].by == "run");
    BOOST_TEST(held[0].id == "0199");
    BOOST_TEST(held[0].why == "run 0199 of job 'backup' until 2026-11-27T03:00:00.000Z");
}

// It may take an hour; with the grace of 10 minutes that is 03:40. It is given up as lost later, at 03:41.
BOOST_FIXTURE_TEST_CASE(a_run_that_never_ends_holds_no_longer_than_it_may_take, Runs) {
    BOOST_TEST(holds(nightly(), "2026-11-27T03:39:59Z"));
    BOOST_TEST(!holds(nightly(), "2026-11-27T03:40:00Z"));
    BOOST_TEST(!holds(nightly("2026-11-27T03:41:00Z"), "2026-11-27T03:42:00Z"));
}

BOOST_FIXTURE_TEST_CASE(runs_are_listed_while_they_hold_something, Runs) {
    const InForce in_force(maintenance, {nightly("2026-11-27T02:50:00Z")});
    BOOST_TEST(in_force.runs(at("2026-11-27T02:59:59Z")).size() == 1u);
    BOOST_TEST(in_force.runs(at("2026-11-27T03:00:00Z")).empty());
}

BOOST_FIXTURE_TEST_CASE(a_run_by_hand_holds_as_the_schedules_of_its_job_do, Runs) {
    auto run = nightly();
    run.plan = "weekly";
    BOOST_TEST(!holds(run, "2026-11-27T02:30:00Z"));
    run.plan.clear();
    BOOST_TEST(holds(run, "2026-11-27T02:30:00Z"));
    run.job = "update";
    BOOST_TEST(!holds(run, "2026-11-27T02:30:00Z"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::maintenance
