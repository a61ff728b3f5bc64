#include "controller/app/answers.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "controller/link/records.hpp"
#include "shared/crypto/sodium_hash.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct Asked : World {
    Asked() {
        connect(AgentId{"web-1"}, {{"env", "prod"}});
        connect(AgentId{"web-2"}, {{"env", "test"}});
    }
    std::string problem(std::string_view verb, const Json& arguments) {
        const auto answer = ask(verb, arguments);
        return answer ? "answered" : answer.error().message;
    }
    void finish(const protocol::JobStart& start, protocol::RunState state, const std::string& report_json) {
        protocol::RunReport told;
        told.run_id = start.run_id;
        told.fence = start.fence;
        told.state = state;
        told.report_json = report_json;
        BOOST_REQUIRE(
            path->offer(AgentId{"web-1"}, protocol::Stream::results, 1, ++told_, protocol::encode_entry(told)));
        settle();
    }
    Json finding(std::string_view check) {
        const auto findings = ask("doctor").value();
        for (const auto& found : findings) {
            if (found["check"] == check) {
                return found;
            }
        }
        return {};
    }

  private:
    uint64_t told_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers, Asked)

BOOST_AUTO_TEST_CASE(hosts_are_selected_by_label) {
    BOOST_TEST(ask("hosts.list")->size() == 2u);
    const auto prod = ask("hosts.list", {{"labels", {{"env", "prod"}}}}).value();
    BOOST_REQUIRE(prod.size() == 1u);
    BOOST_TEST(prod[0]["host"] == "web-1");
    BOOST_TEST(prod[0]["state"] == "up");
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_answered_with_the_nearest) {
    BOOST_TEST(problem("hosts.show", {{"host", "wbe-1"}}) == "host 'wbe-1' is not enrolled, did you mean 'web-1'?");
    BOOST_TEST(problem("hosts.show", Json::object()) == "hosts.show: argument 'host' is missing");
}

BOOST_AUTO_TEST_CASE(status_counts_hosts_series_and_alerts) {
    report(AgentId{"web-1"}, 1, "node_load1\nnode_load5\n", {5, 1});
    const auto status = ask("status").value();
    BOOST_TEST(status["hosts"]["up"] == 2);
    BOOST_TEST(status["series"] == 4);
    BOOST_TEST(status["alerts"]["firing"] == 1);
    BOOST_TEST(status["entries_applied"] == 1);
}

BOOST_AUTO_TEST_CASE(a_value_that_json_cannot_say_is_null) {
    report(AgentId{"web-1"}, 1, "node_load1\nnode_load5\n", {NAN, 1});
    const auto newest = ask("metrics.list", {{"host", "web-1"}}).value();
    BOOST_REQUIRE(newest.size() == 2u);
    BOOST_TEST(newest[0]["value"].is_null());
    BOOST_TEST(newest[1]["value"] == 1.0);
}

BOOST_AUTO_TEST_CASE(a_metric_may_be_asked_for_since_the_beginning_of_time) {
    report(AgentId{"web-1"}, 1, "node_load1\n", {2});
    const Json forever{{"host", "web-1"}, {"name", "node_load1"}, {"since_ms", INT64_MAX}};
    const auto shown = ask("metrics.show", forever).value();
    BOOST_REQUIRE(shown["series"].size() == 1u);
    BOOST_TEST(shown["series"][0]["points"][0][1] == 2.0);
    BOOST_TEST(problem("metrics.show", {{"host", "web-1"}, {"name", "no_such"}}).find("has no samples of 'no_such'") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_job_runs_on_the_hosts_that_the_labels_select) {
    const auto runs = ask("jobs.run", {{"job", "etc"}, {"labels", {{"env", "prod"}}}}).value();
    BOOST_REQUIRE(runs["runs"].size() == 1u);
    BOOST_TEST(runs["runs"][0]["host"] == "web-1");
    BOOST_TEST(starts.size() == 1u);
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"all", true}}).find("was asked for already") != std::string::npos);
    BOOST_TEST(starts.size() == 1u);  // all or none
}

BOOST_AUTO_TEST_CASE(a_selection_that_is_not_understood_runs_nothing) {
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"label", {{"env", "prod"}}}}) ==
               "jobs.run does not take 'label', did you mean 'labels'?");
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"host", "web-1"}, {"labels", {{"env", "test"}}}}) ==
               "jobs run: say where: one of --host HOST, -l name=value and --all");
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}}) ==
               "jobs run: say where: one of --host HOST, -l name=value and --all");
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"labels", {{"env", "prood"}}}}) ==
               "no host fits -l env=prood: vigie hosts list shows the hosts' labels");
    BOOST_TEST(problem("jobs.run", {{"job", "etcc"}, {"all", true}}) ==
               "no host has a job 'etcc', did you mean 'etc'?: vigie hosts list -o wide shows their jobs");
    BOOST_TEST(problem("jobs.run", {{"job", "x"}, {"labels", {{"env", "prod"}}}}) ==
               "no host that -l fits has a job 'x': vigie hosts list -o wide shows their jobs");
    BOOST_TEST(problem("jobs.run", {{"job", "etcc"}, {"host", "web-1"}})
                   .find("web-1 has no job 'etcc', did you mean 'etc'?") == 0u);
    BOOST_TEST(starts.empty());
}

BOOST_AUTO_TEST_CASE(a_run_on_a_silent_host_says_that_it_waits) {
    watch->disconnected(AgentId{"web-1"}, "gone");
    settle();
    const auto runs = ask("jobs.run", {{"job", "etc"}, {"all", true}}).value()["runs"];
    BOOST_REQUIRE(runs.size() == 2u);
    BOOST_TEST(runs[0]["note"] ==
               "the host is not connected: the run waits until it connects; vigie runs cancel gives it up");
    BOOST_TEST(runs[1]["note"] == "");
    BOOST_REQUIRE(starts.size() == 1u);
    BOOST_TEST(ask("runs.show", {{"id", runs[0]["id"]}}).value()["exit_code"].is_null());
    const auto gone = ask("runs.cancel", {{"id", runs[0]["id"]}}).value();
    BOOST_TEST(gone["note"] == "it had not been sent: it is cancelled");
    BOOST_TEST(ask("runs.show", {{"id", runs[0]["id"]}}).value()["state"] == "cancelled");
    BOOST_TEST(ask("runs.show", {{"id", runs[0]["id"]}}).value()["exit_code"].is_null());  // it never began
    BOOST_TEST(cancels.empty());
    BOOST_TEST(problem("runs.cancel", {{"id", runs[0]["id"]}}).find("is over already") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_run_under_way_is_cancelled_by_its_host) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    const auto asked = ask("runs.cancel", {{"id", starts.at(0).run_id}}).value();
    BOOST_TEST(asked["note"] == "the host was told to end it");
    BOOST_REQUIRE(cancels.size() == 1u);
    BOOST_TEST(cancels[0].run_id == starts[0].run_id);
    BOOST_TEST(cancels[0].reason == "by uid 0");
}

BOOST_AUTO_TEST_CASE(the_beginning_of_an_id_is_enough_unless_another_begins_so) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "etc"}, {"all", true}}).has_value());
    const auto id = starts.at(0).run_id;
    const auto rows = ask("runs.list").value();
    BOOST_REQUIRE(rows.size() == 2u);
    for (const auto& row : rows) {
        const auto short_id = row["short_id"].get<std::string>();
        BOOST_TEST(short_id.size() > 12u);  // both were made in one millisecond: 12 digits are the same
        BOOST_TEST(ask("runs.show", {{"id", short_id}}).value()["id"] == row["id"]);
    }
    const auto said = problem("runs.show", {{"id", id.substr(0, 12)}});
    BOOST_TEST(said.find("is the beginning of several runs: ") != std::string::npos);
    BOOST_TEST(said.find(id) != std::string::npos);
    BOOST_TEST(problem("runs.show", {{"id", "zz"}}) == "there is no run 'zz': vigie runs list shows them");
}

BOOST_AUTO_TEST_CASE(viewers_change_nothing) {
    for (const auto* verb : {"jobs.run", "runs.cancel", "enrol.token"}) {
        BOOST_TEST((ask(verb, {}, geteuid() + 4711).error().code == ErrorCode::denied), verb);
    }
    BOOST_TEST(ask("status", {}, geteuid() + 4711).has_value());
}

BOOST_AUTO_TEST_CASE(a_change_that_is_not_stored_is_answered_with_the_reason) {
    memory.fail_commits_with = disk_full;
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"all", true}}) == disk_full.message);
    memory.fail_commits_with.reset();
    BOOST_TEST(starts.empty());
    BOOST_TEST(ask("runs.list")->empty());
}

BOOST_AUTO_TEST_CASE(a_token_is_shown_once_and_stored_as_its_hash) {
    const auto made = ask("enrol.token", {{"ttl", "1h"}, {"hosts", "web-*"}}).value();
    const auto hash = blake2b_hex(made["token"].get<std::string>());
    const auto row = memory.get(Family::tokens, hash).value();
    BOOST_REQUIRE(row.has_value());
    BOOST_TEST(row->find(made["token"].get<std::string>()) == std::string::npos);
    BOOST_TEST(decode_token(hash, *row)->host_pattern == "web-*");
    BOOST_TEST(problem("enrol.token", {{"ttl", "soon"}}).find("--ttl") == 0u);
}

BOOST_AUTO_TEST_CASE(a_report_of_a_host_is_shown_and_one_nested_too_deep_is_cut) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    const auto id = starts.at(0).run_id;
    finish(starts[0], protocol::RunState::failed,
           R"({"good":1,"deep":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}");
    const auto shown = ask("runs.show", {{"id", id}}).value();
    BOOST_TEST(shown["state"] == "failed");
    BOOST_TEST(shown["report"]["good"] == 1);
    BOOST_TEST(shown.dump().size() < 2'000u);
    BOOST_TEST(finding("runs")["state"] == "warning");
    BOOST_TEST(finding("runs")["detail"] == "1 failed in a day, the last: etc on web-1 (failed)");
}

BOOST_AUTO_TEST_CASE(a_report_that_is_no_json_is_null) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    finish(starts.at(0), protocol::RunState::succeeded, "{oops");
    BOOST_TEST(ask("runs.show", {{"id", starts[0].run_id}}).value()["report"].is_null());
}

BOOST_AUTO_TEST_CASE(doctor_tells_of_pages_that_were_refused) {
    BOOST_TEST(finding("notifications")["detail"] == "nobody is told of alerts");
    notified.targets.push_back({.name = "oncall", .address = "https://on.call/…", .failures = 0, .last_problem = ""});
    BOOST_TEST(finding("notifications")["state"] == "ok");
    alerts::Notification page;
    page.receiver = "oncall";
    page.labels = {{"alertname", "LoadHigh"}};
    StoreBatch batch;
    notify::put_failed(batch, {7, page, 404, "answered HTTP 404"}, clock.wall());
    BOOST_REQUIRE(memory.commit(batch).has_value());
    // Of the store, not of the notifier, which was started anew.
    BOOST_TEST(finding("notifications")["state"] == "warning");
    BOOST_TEST(finding("notifications")["detail"] == "1 page given up in a week, the last at " +
                                                         to_rfc3339(clock.wall()) +
                                                         ": LoadHigh to oncall: answered HTTP 404");
    BOOST_TEST(ask("status").value()["notifications"]["failed"] == 1);
    // Another channel that fails now hides nothing.
    notified.targets.push_back(
        {.name = "chat", .address = "https://chat/…", .failures = 2, .last_problem = "HTTP 500"});
    const auto both = finding("notifications")["detail"].get<std::string>();
    BOOST_TEST(both.find("1 page given up") == 0u);
    BOOST_TEST(both.find("chat at https://chat/…: HTTP 500") != std::string::npos);
    notified.targets.pop_back();
    StoreBatch more;
    notify::put_failed(more, {8, page, 404, "answered HTTP 404"}, clock.wall());
    BOOST_REQUIRE(memory.commit(more).has_value());
    BOOST_TEST(finding("notifications")["detail"].get<std::string>().find("2 pages given up") == 0u);
    clock.advance(std::chrono::hours{7 * 24} + 1s);
    BOOST_TEST(finding("notifications")["state"] == "ok");
}

BOOST_AUTO_TEST_CASE(doctor_tells_of_templates_that_failed_and_of_what_tickets_could_not_tell) {
    notified.targets.push_back({.name = "oncall", .address = "https://on.call/…", .failures = 0, .last_problem = ""});
    BOOST_TEST(finding("templates")["state"] == "ok");
    notified.last_template_failure = {clock.wall(), "'team/slack/0': the template of color: there is no field '.No'"};
    BOOST_TEST(finding("templates")["detail"] ==
               "'team/slack/0': the template of color: there is no field '.No' at " + to_rfc3339(clock.wall()));
    notice_troubles.template_failure = notified.last_template_failure;
    notified.last_template_failure = {};
    BOOST_TEST(finding("templates")["state"] == "warning");
    clock.advance(25h);
    BOOST_TEST(finding("templates")["state"] == "ok");
    BOOST_TEST(finding("notifications")["state"] == "ok");
    notice_troubles.failing = {{"desk", "answered HTTP 503", 2}};
    BOOST_TEST(finding("notifications")["detail"] == "desk: answered HTTP 503 (2 of tickets)");
    notice_troubles.failing.clear();
    notice_troubles.lost = 3;
    notice_troubles.last_lost = {"ticket 12", "desk", "answered HTTP 410"};
    notice_troubles.last_lost_at = clock.wall();
    BOOST_TEST(finding("notifications")["detail"] == "3 messages of tickets given up since the start, the last at " +
                                                         to_rfc3339(clock.wall()) +
                                                         ": ticket 12 to desk: answered HTTP 410");
    clock.advance(24h * 8);
    BOOST_TEST(finding("notifications")["state"] == "ok");
}

BOOST_AUTO_TEST_CASE(doctor_reads_away_from_the_loop) {
    bool is_answered = false;
    desk.take(PeerCredentials{.pid = 1, .uid = 0, .gid = 0}, R"({"verb":"doctor","arguments":{}})",
              [this, &is_answered](const std::string&) {
                  is_answered = true;
                  loop->stop();
              });
    BOOST_TEST(queries.running() == 1u);
    while (!is_answered) {
        loop->run();
    }
    BOOST_TEST(queries.running() == 0u);
}

BOOST_AUTO_TEST_CASE(doctor_remembers_what_was_lost_for_a_week) {
    BOOST_TEST(finding("gaps")["state"] == "ok");
    HelloFacts facts;
    facts.results_incarnation = 1;
    watch->connected(AgentId{"web-1"}, facts);
    settle();
    BOOST_TEST(finding("gaps")["state"] == "ok");
    facts.results_incarnation = 2;
    watch->connected(AgentId{"web-1"}, facts);
    watch->connected(AgentId{"web-1"}, facts);  // the same outbox again is no second loss
    settle();
    BOOST_TEST(finding("gaps")["state"] == "warning");
    BOOST_TEST(finding("gaps")["detail"].get<std::string>().find(
                   "1 event in a week, the last: web-1: came with a new outbox") == 0u);
    StoreBatch many;  // starts of a whole fleet, which hide no loss
    for (uint64_t i = 0; i < 1'000; ++i) {
        const Event start{.recorded_at = clock.wall() + 1s,
                          .happened_at = clock.wall() + 1s,
                          .severity = Severity::info,
                          .agent = AgentId{"web-2"},
                          .kind = "agent",
                          .message = "the agent started again"};
        many.put(Family::events, keys::timed(start.recorded_at, 1'000 + i), event_row(start));
    }
    BOOST_REQUIRE(memory.commit(many).has_value());
    BOOST_TEST(finding("gaps")["state"] == "warning");
    clock.advance(std::chrono::hours{7 * 24} + 1s);
    BOOST_TEST(finding("gaps")["state"] == "ok");
}

BOOST_AUTO_TEST_CASE(doctor_notices_a_state_folder_that_was_moved) {
    BOOST_TEST(finding("store")["state"] == "ok");
    folder_problem = "/var/lib/vigie/controller/store was moved or removed under the running controller";
    BOOST_TEST(finding("store")["state"] == "warning");
    BOOST_TEST(finding("store")["detail"] == folder_problem);
}

BOOST_AUTO_TEST_CASE(doctor_notices_agents_that_knock_with_unknown_keys) {
    BOOST_TEST(finding("keys")["state"] == "ok");
    handshakes.refused = 1;
    handshakes.last_refused_at = clock.mono();
    BOOST_TEST(finding("keys")["detail"] == "1 refused connection with unknown keys since the start");
    BOOST_TEST(ask("status").value()["connections_refused"] == 1);
    BOOST_TEST(ask("status").value()["operators_cut"] == 3);
    clock.advance(1h + 1s);
    BOOST_TEST(finding("keys")["state"] == "ok");
}

BOOST_AUTO_TEST_CASE(a_firing_alert_shows_the_value_of_now_and_its_history_that_of_then) {
    report(AgentId{"web-1"}, 1, "node_load1\n", {5});
    const auto fired_at = to_rfc3339(clock.wall());
    clock.advance(60s);
    report(AgentId{"web-1"}, 2, "node_load1\n", {9});
    const auto rows = ask("alerts.list").value();
    BOOST_REQUIRE(rows.size() == 1u);
    BOOST_TEST(rows[0]["value"] == 9.0);
    BOOST_TEST(rows[0]["value_at"] == to_rfc3339(clock.wall()));
    BOOST_TEST(rows[0]["summary"] == "load is 9");
    BOOST_TEST(rows[0]["since"] == fired_at);
    const auto shown = ask("alerts.show", {{"id", rows[0]["short_id"]}}).value();
    BOOST_TEST(shown["value"] == 9.0);
    BOOST_TEST(shown["annotations"]["summary"] == "load is 9");
    BOOST_REQUIRE(!shown["history"].empty());
    BOOST_TEST(shown["history"].back()["value"] == 5.0);
    clock.advance(10min);  // nothing current any more: what the last change knew
    BOOST_TEST(ask("alerts.list").value()[0]["value"] == 5.0);
}

BOOST_AUTO_TEST_CASE(a_state_that_no_alert_has_is_refused) {
    BOOST_TEST(problem("alerts.list", {{"state", "fireing"}}).find("'fireing' is not a state of an alert") == 0u);
    BOOST_TEST(problem("runs.list", {{"state", "done"}}).find("'done' is not a state of a run") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
