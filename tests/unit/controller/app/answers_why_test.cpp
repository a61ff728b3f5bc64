#include "controller/app/answers_why.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/app/story_routes.hpp"
#include "controller/jobs/run_span.hpp"
#include "controller/notify/attempt.hpp"
#include "controller/routing/silence.hpp"
#include "controller/store/keys.hpp"
#include "tests/unit/controller/app/world.hpp"
#include "tests/unit/controller/maintenance/maintained.hpp"

namespace vigie::controller {
namespace {

constexpr auto rule_file = R"(
groups:
- name: load
  rules:
  - {alert: LoadHigh, expr: node_load1 > 4}
  - {alert: Slow, expr: node_load5 > 4, labels: {night: 'yes'}}
)";
constexpr auto routes_file = R"(
route:
  receiver: team
  group_by: [alertname]
  group_wait: 30s
  routes:
  - {receiver: nights, match: {night: 'yes'}, mute_time_intervals: [always]}
receivers: [{name: team}, {name: nights}]
inhibit_rules: [{source_match: {alertname: LoadHigh}, target_match: {alertname: Slow}, equal: [instance]}]
time_intervals: [{name: always, time_intervals: [{}]}]
)";
const AgentId web_1{"web-1"};
const std::string schema = "node_load1\nnode_load5\nnode_boot_time_seconds\n";

// The clock begins at 2027-01-15T08:00:00Z.
struct Story : World {
    routing::Routing routes = routing::parse_routing_file(routes_file, "a.yml").value();
    maintenance::Maintenance maintained;
    RoutingSources routing{.routing = routes,
                           .webhooks = {{.name = "on-call", .url = {}, .headers = {}, .ca_file = {}}},
                           .maintenance = maintained};
    uint64_t seq = 0;

    Story() : World(nullptr, rule_file) {
        add_why_answer(desk, *sources, routing, queries);
        connect(web_1);
    }
    void read(double load1, double load5 = 0, double boot = 1'700'000'000) {
        report(web_1, ++seq, schema, {load1, load5, boot});
        clock.advance(10s);
    }
    // For three heartbeats of 10 s, and the minute that a host gets after a start.
    void be_silent() {
        for (int i = 0; i < 100; ++i) {
            tick_after(1s);
        }
    }
    void put(Family family, std::string key, std::string row) {
        StoreBatch batch;
        batch.put(family, std::move(key), std::move(row));
        BOOST_REQUIRE(memory.commit(batch).has_value());
    }
    std::string id_of(const std::string& alertname) {
        const auto rows = ask("alerts.list", {{"state", "all"}}).value();
        for (const auto& row : rows) {
            if (row["alertname"] == alertname) {
                return row["id"].get<std::string>();
            }
        }
        return {};
    }
    Json story(const std::string& alertname = "LoadHigh") {
        query::Budget budget({}, nullptr, nullptr);
        return alert_story(episode_sources(*sources, routing), *records, routing, id_of(alertname), budget).value();
    }
    std::string put_run(WallTime started, WallTime ended, const std::string& job, const std::string& report) {
        JobRun run;
        run.id = make_run_id(started, random);
        run.job = job;
        run.agent = web_1;
        run.phase = RunPhase::succeeded;
        run.created_at = started;
        run.started_at_unix_ms = unix_ms(started);
        run.ended_at_unix_ms = unix_ms(ended);
        run.report_json = report;
        put(Family::runs, keys::run(run.id), encode_run(run));
        return run.id.value;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_why, Story)

BOOST_AUTO_TEST_CASE(a_transition_has_its_entry_and_the_samples_around_it) {
    read(1);
    read(5);
    read(2);
    const auto told = story();
    BOOST_TEST(told["alertname"] == "LoadHigh");
    BOOST_TEST(told["expression"] == "node_load1 > 4");
    BOOST_TEST(told["rule"]["file"] == "load.yaml");
    BOOST_TEST(told["rule"]["line"] == 5);
    BOOST_TEST(told["rule"]["judged"] == "at once");
    BOOST_REQUIRE(told["transitions"].size() == 2u);
    const auto& fired = told["transitions"][0];
    BOOST_TEST(fired["at"] == "2027-01-15T08:00:10.000Z");
    BOOST_TEST(fired["to"] == "firing");
    BOOST_TEST(fired["value"] == 5.0);
    BOOST_TEST(fired["cursor"]["entry"] == 2);
    BOOST_TEST(fired["cursor"]["stream"] == "0000000000000001");
    BOOST_REQUIRE(fired["samples"].size() == 1u);
    BOOST_TEST(fired["samples"][0]["selector"] == "node_load1");
    BOOST_TEST(fired["samples"][0]["problem"] == "");
    const auto& points = fired["samples"][0]["series"][0]["points"];
    BOOST_TEST(points.dump() == "[[1800000000000,1.0],[1800000010000,5.0],[1800000020000,2.0]]");
    BOOST_TEST(told["transitions"][1]["to"] == "resolved");
    BOOST_TEST(told["transitions"][1]["cursor"]["entry"] == 3);
}

BOOST_AUTO_TEST_CASE(of_many_samples_the_nearest_are_told) {
    for (int i = 0; i < 10; ++i) {
        read(i < 6 ? i / 10.0 : 5);
    }
    const auto points = story()["transitions"][0]["samples"][0]["series"][0]["points"];
    // Four up to the moment, the seventh reading, and two behind.
    BOOST_TEST(points.dump() ==
               "[[1800000030000,0.3],[1800000040000,0.4],[1800000050000,0.5],[1800000060000,5.0],"
               "[1800000070000,5.0],[1800000080000,5.0]]");
}

BOOST_AUTO_TEST_CASE(each_route_tells_when_it_was_due_and_what_held_it_back) {
    routing::Silence silence;
    silence.id = "00000000000000aa";
    silence.matchers = routing::parse_matchers("instance=\"web-1\"").value();
    silence.starts_at = clock.wall();
    silence.ends_at = clock.wall() + 5s;  // over when the alerts come
    silence.author = "anna";
    silence.comment = "new disks";
    put(Family::silences, routing::silence_key(silence.id), encode(silence));
    clock.advance(10s);
    read(5, 5);
    const auto high = story()["transitions"][0]["routes"];
    BOOST_REQUIRE(high.size() == 2u);
    BOOST_TEST(high[0]["receiver"] == "on-call");
    BOOST_TEST(high[0]["at"] == "2027-01-15T08:00:10.000Z");
    BOOST_TEST(high[1]["receiver"] == "team");
    BOOST_TEST(high[1]["route"] == "{}");
    BOOST_TEST(high[1]["group"].dump() == R"({"alertname":"LoadHigh"})");
    BOOST_TEST(high[1]["at"] == "2027-01-15T08:00:40.000Z");  // 30 s of group_wait
    BOOST_TEST(high[0]["held"].empty());
    BOOST_TEST(high[1]["held"].empty());
    const auto slow = story("Slow")["transitions"][0]["routes"];
    BOOST_REQUIRE(slow.size() == 2u);
    BOOST_TEST(slow[1]["receiver"] == "nights");
    BOOST_REQUIRE(slow[1]["held"].size() == 2u);
    BOOST_TEST(slow[1]["held"][0]["by"] == "inhibition");
    BOOST_TEST(slow[1]["held"][0]["id"] == id_of("LoadHigh"));
    BOOST_TEST(slow[1]["held"][1]["why"] == "muted by time interval 'always'");
    silence.ends_at = clock.wall() + 1h;
    put(Family::silences, routing::silence_key(silence.id), encode(silence));
    const auto held = story()["transitions"][0]["routes"][0]["held"];
    BOOST_REQUIRE(held.size() == 1u);
    BOOST_TEST(held[0]["why"] == "silence 00000000000000aa of anna until 2027-01-15T09:00:20.000Z: new disks");
}

BOOST_AUTO_TEST_CASE(the_window_or_run_that_held_it_is_told) {
    maintained = maintenance::parse_maintenance(
                     "[{name: w, matchers: [alertname=Slow], time_intervals: [{times: [{start_time: '00:00', end_time: "
                     "'24:00'}]}]}]",
                     {maintenance::holding({"alertname=LoadHigh"})})
                     .value();
    JobRun run;
    run.id = make_run_id(clock.wall(), random);
    run.plan = "nightly";
    run.job = "backup";
    run.agent = web_1;
    run.phase = RunPhase::running;
    run.created_at = run.dispatched_at = clock.wall();
    run.timeout = 1h;
    put(Family::runs, keys::run(run.id), encode_run(run));
    put(Family::jobs, run.id.value, "");
    clock.advance(10s);
    read(5, 5);
    const auto held = [this](const std::string& alert) { return story(alert)["transitions"][0]["routes"][0]["held"]; };
    BOOST_REQUIRE(held("LoadHigh").size() == 1u);
    BOOST_TEST(held("LoadHigh")[0]["by"] == "run");
    BOOST_TEST(held("LoadHigh")[0]["id"] == run.id.value);
    BOOST_TEST(held("LoadHigh")[0]["why"] ==
               fmt::format("run {} of job 'backup' until it ends and 10m more, 2027-01-15T09:10:00.000Z at the latest",
                           run.id.value));
    BOOST_TEST(held("Slow")[0]["by"] == "maintenance");
    BOOST_TEST(held("Slow")[0]["why"] == "maintenance window 'w'");
    StoreBatch ended;
    ended.erase(Family::jobs, run.id.value);
    put_span_end(run, clock.wall() + 40s, ended);  // at 08:01:00
    BOOST_REQUIRE(memory.commit(ended).has_value());
    clock.advance(24h);
    BOOST_TEST(held("LoadHigh")[0]["why"] ==
               fmt::format("run {} of job 'backup' until 2027-01-15T08:11:00.000Z", run.id.value));
}

BOOST_AUTO_TEST_CASE(what_an_inhibiting_alert_was_then_counts_and_not_what_it_is) {
    read(5, 0);
    read(0, 0);  // LoadHigh is over
    read(0, 5);
    BOOST_TEST(story("Slow")["transitions"][0]["routes"][0]["held"].empty());
    read(5, 0);  // it fires again, and Slow is over
    const auto slow = story("Slow")["transitions"];
    BOOST_REQUIRE(slow.size() == 2u);
    BOOST_TEST(slow[0]["routes"][0]["held"].empty());
    BOOST_REQUIRE(slow[1]["routes"][0]["held"].size() == 1u);
    BOOST_TEST(slow[1]["routes"][0]["held"][0]["by"] == "inhibition");
}

BOOST_AUTO_TEST_CASE(what_changed_on_the_host_before_comes_nearest_first) {
    const auto began = clock.wall();
    HelloFacts facts;
    facts.agent_version = "1";
    facts.boot_id = "a";
    watch->connected(web_1, facts);
    settle();
    read(0);
    clock.advance(30min);
    put_run(began + 10s, began + 20s, "first", "");
    const auto rotation =
        put_run(began + 25min, began + 26min, "rotate",
                R"({"logs":[{"path":"/var/log/a","outcome":"rotated"},{"path":"/var/log/b","outcome":"not_due"}]})");
    const auto others = put_run(began + 31min, began + 32min, "later", "");
    facts.is_first = true;
    facts.boot_id = "b";
    facts.agent_version = "2";
    clock.jump_wall(-4min);
    watch->connected(web_1, facts);  // at 26 min 10 s
    settle();
    clock.jump_wall(4min);
    read(5, 0, 1'800'001'620);  // at 30 min 10 s, booted at 27 min
    const auto before = story()["before"];
    BOOST_TEST(before["host"] == "web-1");
    BOOST_TEST(before["to"] == "2027-01-15T08:30:10.000Z");
    BOOST_TEST(before["from"] == "2027-01-15T08:00:10.000Z");
    BOOST_REQUIRE(before["changes"].size() == 4u);
    const auto& changes = before["changes"];
    BOOST_TEST(changes[0]["kind"] == "reboot");
    BOOST_TEST(changes[0]["seconds_before"] == 190);  // 30 min 10 s less 27 min
    BOOST_TEST(changes[0]["message"] ==
               "the host booted; no sample between 2027-01-15T08:00:00.000Z and 2027-01-15T08:30:10.000Z");
    BOOST_TEST(changes[1]["kind"] == "boot");
    BOOST_TEST(changes[1]["seconds_before"] == 240);
    BOOST_TEST(changes[1]["message"] == "the host booted, version 2 in place of 1");
    BOOST_TEST(changes[2]["kind"] == "rotation");
    BOOST_TEST(changes[2]["seconds_before"] == 250);
    BOOST_TEST(changes[2]["message"] == "job rotate: succeeded (run " + rotation + "), rotated /var/log/a");
    BOOST_TEST(changes[3]["message"].get<std::string>().find("job first: succeeded") == 0u);
    BOOST_TEST(before.dump().find(others) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(services_that_were_started_and_packages_that_changed_are_told) {
    const std::string units =
        "node_load1\nnode_systemd_service_restart_total{name=\"db.service\"}\n"
        "node_systemd_service_restart_total{name=\"web.service\"}\nvigie_packages_changed_timestamp_seconds\n";
    report(web_1, ++seq, units, {0, 3, 7, 1'799'990'000});
    clock.advance(1min);
    report(web_1, ++seq, units, {0, 4, 7, 1'800'000'050});  // packages at 50 s
    clock.advance(1min);
    report(web_1, ++seq, units, {5, 4, 7, 1'800'000'050});
    const auto changes = story()["before"]["changes"];
    BOOST_REQUIRE(changes.size() == 2u);
    BOOST_TEST(changes[0]["kind"] == "restart");
    BOOST_TEST(changes[0]["message"] == "db.service was started");
    BOOST_TEST(changes[0]["seconds_before"] == 60);
    BOOST_TEST(changes[1]["kind"] == "packages");
    BOOST_TEST(changes[1]["seconds_before"] == 70);
}

BOOST_AUTO_TEST_CASE(attempts_are_told_with_their_answers_and_damage_by_name) {
    read(5);
    notify::Attempt attempt;
    attempt.to = {"on-call", "g"};
    attempt.at = clock.wall();
    attempt.took = 12ms;
    attempt.outcome = notify::AttemptOutcome::retried;
    attempt.status = 503;
    attempt.problem = "answered HTTP 503";
    attempt.idempotency_key = "k";
    attempt.alerts_total = 3;
    attempt.alerts = {{id_of("LoadHigh"), wall_from_unix_ms(1'800'000'000'000), false}};
    put(Family::outbox, notify::attempt_key(attempt), notify::encode(attempt));
    put(Family::outbox, "ajunk", "");
    const auto told = story();
    BOOST_REQUIRE(told["deliveries"].size() == 1u);
    const auto& one = told["deliveries"][0];
    BOOST_TEST(one["at"] == "2027-01-15T08:00:10.000Z");
    BOOST_TEST(one["receiver"] == "on-call");
    BOOST_TEST(one["told"] == "firing");
    BOOST_TEST(one["starts_at"] == "2027-01-15T08:00:00.000Z");
    BOOST_TEST(one["outcome"] == "retried");
    BOOST_TEST(one["status"] == 503);
    BOOST_TEST(one["took_ms"] == 12);
    BOOST_TEST(one["alerts"] == 3);
    BOOST_TEST(told["owed"] == 1);  // nobody delivers here
    BOOST_REQUIRE(told["damaged"].size() == 1u);
    BOOST_TEST(told["damaged"][0] == "outbox: the key of an attempt to tell a receiver is not readable");
}

BOOST_AUTO_TEST_CASE(a_change_that_paged_nobody_was_to_be_told_to_nobody) {
    read(5, 5);
    be_silent();  // nobody can judge it
    watch->heard(web_1, clock.mono());
    settle();
    read(5, 5);  // it goes on
    const auto all = story()["transitions"];
    BOOST_REQUIRE(all.size() == 3u);
    BOOST_TEST(all[0]["routes"].size() == 2u);
    BOOST_TEST(all[1]["to"] == "no_data");
    BOOST_TEST(all[1]["routes"].empty());
    BOOST_TEST(all[2]["to"] == "firing");
    BOOST_TEST(all[2]["routes"].empty());
}

BOOST_AUTO_TEST_CASE(what_is_asked_ends_when_its_time_is_over) {
    read(5);
    const std::atomic<bool> is_cancelled = true;
    query::Budget budget({}, nullptr, &is_cancelled);
    const auto told =
        alert_story(episode_sources(*sources, routing), *records, routing, id_of("LoadHigh"), budget).value();
    const auto& samples = told["transitions"][0]["samples"];
    BOOST_REQUIRE(samples.size() == 1u);
    BOOST_TEST(samples[0]["series"].empty());
    BOOST_TEST(samples[0]["problem"] == "the query was cancelled");
}

BOOST_AUTO_TEST_CASE(once_its_time_is_over_no_alert_is_looked_at_for_an_inhibition) {
    read(5, 0);
    read(0, 0);
    read(0, 5);
    read(5, 0);  // LoadHigh fires again, and Slow is over
    const std::atomic<bool> is_cancelled = true;
    query::Budget budget({.work_between_looks = 2'000}, nullptr, &is_cancelled);  // tells it at every second alert
    const auto then = RoutesThen::open(memory, routing, budget).value();
    const auto slow = alerts::show_alert(memory, id_of("Slow")).value();
    std::vector<bool> are_looked_at;
    for (int i = 0; i < 6; ++i) {
        const auto rows = then.of(slow.alert, slow.history.back()).value();
        for (const auto& row : rows) {
            const auto& held = row["held"];
            const auto one =
                std::find_if(held.begin(), held.end(), [](const Json& by) { return by["by"] == "inhibition"; });
            BOOST_REQUIRE((one != held.end()));
            are_looked_at.push_back((*one)["why"].get<std::string>().starts_with("inhibited by alert "));
        }
    }
    BOOST_TEST(are_looked_at.front());
    BOOST_TEST(std::count(are_looked_at.begin(), are_looked_at.end(), true) == 1);
}

BOOST_AUTO_TEST_CASE(an_own_alert_has_no_samples_and_an_unknown_one_is_refused) {
    be_silent();
    const auto told = story("HostSilent");
    BOOST_TEST(told["rule"].is_null());
    BOOST_REQUIRE(!told["transitions"].empty());
    BOOST_TEST(told["transitions"][0]["samples"].empty());
    BOOST_TEST(told["transitions"][0]["cursor"].is_null());
    BOOST_TEST((ask("alerts.why", {{"id", "zz"}}).error().code == ErrorCode::not_found));
    BOOST_TEST((ask("alerts.why").error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
