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
    BOOST_TEST(status["series"] == 2);
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
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}}).find("was asked for already") != std::string::npos);
    BOOST_TEST(starts.size() == 1u);  // all or none
}

BOOST_AUTO_TEST_CASE(a_selection_that_is_not_understood_runs_nothing) {
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"label", {{"env", "prod"}}}}) ==
               "jobs.run does not take 'label', did you mean 'labels'?");
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}, {"host", "web-1"}, {"labels", {{"env", "test"}}}}) ==
               "jobs.run: choose by host or by labels, not both");
    BOOST_TEST(problem("jobs.run", {{"job", "etcc"}}).find("no host has a job 'etcc'") == 0u);
    BOOST_TEST(starts.empty());
}

BOOST_AUTO_TEST_CASE(viewers_change_nothing) {
    for (const auto* verb : {"jobs.run", "enrol.token"}) {
        BOOST_TEST((ask(verb, {}, geteuid() + 4711).error().code == ErrorCode::denied), verb);
    }
    BOOST_TEST(ask("status", {}, geteuid() + 4711).has_value());
}

BOOST_AUTO_TEST_CASE(a_change_that_is_not_stored_is_answered_with_the_reason) {
    memory.fail_commits_with = disk_full;
    BOOST_TEST(problem("jobs.run", {{"job", "etc"}}) == disk_full.message);
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
    BOOST_TEST(finding("notifications")["detail"] == "no webhook is configured");
    notified.targets.push_back({.name = "oncall", .address = "https://on.call/…", .failures = 0, .last_problem = ""});
    BOOST_TEST(finding("notifications")["state"] == "ok");
    notified.counts.given_up = 2;
    BOOST_TEST(finding("notifications")["state"] == "warning");
}

BOOST_AUTO_TEST_CASE(a_state_that_no_alert_has_is_refused) {
    BOOST_TEST(problem("alerts.list", {{"state", "fireing"}}).find("'fireing' is not a state of an alert") == 0u);
    BOOST_TEST(problem("runs.list", {{"state", "done"}}).find("'done' is not a state of a run") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
