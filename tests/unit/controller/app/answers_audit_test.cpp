#include "controller/audit/chain.hpp"
#include "controller/audit/verify.hpp"
#include "controller/store/keys.hpp"
#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Audited : World {
    const AgentId web{"web-1"};

    // For what is answered in several steps of the loop.
    Result<Json> ask_long(std::string_view verb, const Json& arguments = Json::object()) {
        std::string answer;
        desk.take(PeerCredentials{.pid = 1, .uid = 0, .gid = 0}, Json{{"verb", verb}, {"arguments", arguments}}.dump(),
                  [&answer](std::string line) { answer = std::move(line); });
        for (int turns = 0; answer.empty() && turns < 100; ++turns) {
            settle();
        }
        return decode_answer(answer);
    }
    // Those of the world keep 10,000 records.
    std::unique_ptr<Records> other_records;
    void reopen_records(const AuditRetention& retention) {
        RecordsOptions options;
        options.audit = retention;
        other_records = Records::open(memory, clock, random, std::move(options)).value();
    }
    void retire() {
        StoreBatch batch;
        BOOST_REQUIRE(other_records->retire(batch).has_value());
        BOOST_REQUIRE(memory.commit(batch).has_value());
    }
    Json newest() { return ask("audit.list").value().at(0); }
    std::string whole() {
        const auto answer = ask_long("audit.verify").value();
        return answer["is_whole"] == true ? "" : answer["finding"].get<std::string>();
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_audit, Audited)

BOOST_AUTO_TEST_CASE(a_change_and_its_record_are_one_commit) {
    connect(web);
    const auto before = memory.commits;
    const auto run = ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).value();
    BOOST_TEST(memory.commits == before + 1);
    const auto row = newest();
    BOOST_TEST(row["user"] == "uid 0");
    BOOST_TEST(row["role"] == "admin");
    BOOST_TEST(row["verb"] == "jobs.run");
    BOOST_TEST(row["outcome"] == "ok");
    BOOST_TEST(row["detail"] == run["runs"][0]["id"]);
    BOOST_TEST((Json::parse(row["arguments"].get<std::string>()) == Json{{"host", "web-1"}, {"job", "etc"}}));
    BOOST_TEST(whole() == "");
}

BOOST_AUTO_TEST_CASE(what_failed_and_what_was_refused_is_recorded_and_questions_are_not) {
    BOOST_TEST(!ask("jobs.run", {{"job", "etc"}, {"host", "nobody"}}).has_value());
    BOOST_TEST(newest()["outcome"] == "failed");
    BOOST_TEST(newest()["detail"] == "not_found");
    BOOST_TEST(!ask("enrol.token", Json::object(), 4711).has_value());
    BOOST_TEST(newest()["outcome"] == "refused");
    BOOST_TEST(newest()["user"] == "uid 4711");
    BOOST_TEST(ask("hosts.list").has_value());
    BOOST_TEST(ask("audit.list").value().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_token_is_recorded_by_its_id_and_never_itself) {
    const auto made = ask("enrol.token", {{"hosts", "web-*"}}).value();
    BOOST_TEST(newest()["detail"] == made["id"]);
    BOOST_REQUIRE(memory.scan(Family::audit, "", "", [&](std::string_view, std::string_view row) {
        BOOST_TEST(row.find(made["token"].get<std::string>()) == std::string_view::npos);
        return true;
    }));
}

BOOST_AUTO_TEST_CASE(when_nothing_can_be_stored_nothing_is_done_and_nothing_recorded) {
    connect(web);
    memory.fail_commits_with = disk_full;
    BOOST_TEST(!ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    BOOST_TEST(rows(Family::audit) == 0u);
    BOOST_TEST(starts.empty());
    memory.fail_commits_with.reset();
    BOOST_TEST(ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    BOOST_TEST(whole() == "");
}

BOOST_AUTO_TEST_CASE(whoever_fails_on_and_on_does_not_fill_the_log) {
    watch->enrolled(web);  // a run that waits for it ends when it is given up
    settle();
    const auto run = ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).value()["runs"][0]["id"];
    BOOST_REQUIRE(ask("runs.cancel", {{"id", run}}).has_value());
    const auto before = rows(Family::audit);
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(!ask("runs.cancel", {{"id", run}}).has_value());
    }
    BOOST_TEST(rows(Family::audit) == before + 30);
    BOOST_TEST(newest()["outcome"] == "failed");
    BOOST_TEST(whole() == "");
}

BOOST_AUTO_TEST_CASE(the_list_is_filtered) {
    BOOST_TEST(ask("enrol.token").has_value());
    clock.advance(2h);
    BOOST_TEST(!ask("runs.cancel", {{"id", "x"}}).has_value());
    BOOST_TEST(ask("audit.list", {{"verb", "runs cancel"}}).value().size() == 1u);
    BOOST_TEST(ask("audit.list", {{"user", "0"}}).value().size() == 2u);
    BOOST_TEST(ask("audit.list", {{"user", "anna"}}).value().empty());
    BOOST_TEST(ask("audit.list", {{"since_ms", 3'600'000}}).value().size() == 1u);
    BOOST_TEST(ask("audit.list", {{"limit", 1}}).value().size() == 1u);
    BOOST_TEST(ask("audit.list", {{"before", 2}}).value().at(0)["seq"] == 1);
    for (const auto& wrong : {Json{{"limit", 0}}, Json{{"limit", 1'001}}, Json{{"before", -1}}}) {
        BOOST_TEST((ask("audit.list", wrong).error().code == ErrorCode::malformed));
    }
}

BOOST_AUTO_TEST_CASE(a_long_log_is_walked_in_steps_and_a_changed_record_is_named) {
    StoreBatch batch;
    for (int i = 0; i < 2'500; ++i) {
        BOOST_REQUIRE(append_audit(memory, {.verb = i == 7 ? "seven" : "jobs.run"}, batch).has_value());
    }
    BOOST_REQUIRE(memory.commit(batch).has_value());
    const auto answer = ask_long("audit.verify").value();
    BOOST_TEST(answer["is_whole"] == true);
    BOOST_TEST(answer["records"] == 2'500);
    BOOST_TEST(ask_long("audit.verify", {{"head", answer["head"]}}).value()["is_whole"] == true);
    BOOST_TEST(ask_long("audit.verify", {{"head", std::string(64, '1')}}).value()["is_whole"] == false);
    BOOST_TEST(ask_long("audit.list", {{"verb", "seven"}}).value().size() == 1u);  // the eighth of all
    StoreBatch tampering;
    tampering.erase(Family::audit, keys::number(2'100));
    BOOST_REQUIRE(memory.commit(tampering).has_value());
    BOOST_TEST(whole() == "record 2100: it is missing");
}

BOOST_AUTO_TEST_CASE(an_old_log_is_trimmed_by_the_minutes_care) {
    reopen_records({.age_max = std::chrono::hours{24 * 400}, .kept_min = 0});
    BOOST_TEST(ask("enrol.token").has_value());
    clock.advance(std::chrono::hours{24 * 500});
    BOOST_TEST(ask("enrol.token").has_value());
    retire();
    BOOST_TEST(ask("audit.verify").value()["trimmed_up_to"] == 1);
    BOOST_TEST(whole() == "");
}

BOOST_AUTO_TEST_CASE(a_log_that_was_tampered_with_keeps_nothing_else_from_being_forgotten) {
    watch->enrolled(web);  // a run that waits for it ends when it is given up
    settle();
    BOOST_TEST(ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).has_value());
    const auto run = ask("runs.list").value().at(0)["id"].get<std::string>();
    BOOST_TEST(ask("runs.cancel", {{"id", run}}).has_value());
    StoreBatch tampering;
    tampering.put(Family::audit, keys::number(1), "changed");
    BOOST_REQUIRE(memory.commit(tampering).has_value());
    reopen_records({.age_max = std::chrono::hours{24 * 400}, .kept_min = 0});
    clock.advance(std::chrono::hours{24 * 500});
    BOOST_TEST(ask("enrol.token").has_value());
    BOOST_REQUIRE(rows(Family::runs) > 0u);
    retire();
    BOOST_TEST(rows(Family::runs) == 0u);
    BOOST_TEST(ask("audit.verify").value()["trimmed_up_to"] == 0);
}

BOOST_AUTO_TEST_SUITE_END()
