#include "agent/logs/cli.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "agent/logs/commands.hpp"
#include "tests/unit/agent/logs/rotation_fixture.hpp"

using namespace vigie;
using agent::logs::rotate_main;

BOOST_FIXTURE_TEST_SUITE(logs_rotate_command, tests::RotationFixture)

BOOST_AUTO_TEST_CASE(options_may_follow_the_file) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n rotate 1\n}\n");
    BOOST_TEST(rotate_main({folder / "policy", "--state", folder / "other", "--output=json"}) == 0);
    BOOST_TEST(get("a.log.1") == "a");
    BOOST_TEST(files.is_present(folder / "other"));
}

BOOST_AUTO_TEST_CASE(o_is_short_for_output) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n rotate 1\n}\n");
    BOOST_TEST(rotate_main({folder / "policy", "--state", folder / "state", "-o", "json"}) == 0);
    BOOST_TEST(rotate_main({folder / "policy", "--state", folder / "state", "-o", "xml"}) == 2);
}

BOOST_AUTO_TEST_CASE(a_policy_file_that_names_no_logs_is_worth_a_warning) {
    policy("daily\n");
    agent::logs::RotateOptions asked;
    asked.policy_files = {folder / "policy"};
    asked.state_file = folder / "state";
    const SystemClock now;
    const auto report = agent::logs::rotate(asked, now).value();
    BOOST_REQUIRE(report.warnings.size() == 1u);
    BOOST_TEST(report.warnings[0] == (folder / "policy") + ": names no logs");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_status_2) {
    BOOST_TEST(rotate_main({}) == 2);
    BOOST_TEST(rotate_main({"--nonsense", "x"}) == 2);
    BOOST_TEST(rotate_main({"x", "--state"}) == 2);
    BOOST_TEST(rotate_main({"x", "--output", "xml"}) == 2);
    BOOST_TEST(rotate_main({"x", "--script-timeout", "soon"}) == 2);
    BOOST_TEST(rotate_main({"x", "--force=yes"}) == 2);
    BOOST_TEST(rotate_main({"--help"}) == 0);
}

BOOST_AUTO_TEST_CASE(a_failure_is_status_1) {
    policy("LOGS/a.log {\n weakly\n}\n");
    BOOST_TEST(rotate_main({folder / "policy", "--state", folder / "state"}) == 1);
}

BOOST_AUTO_TEST_CASE(steps_are_shown_of_plans_and_to_the_verbose) {
    agent::logs::RotationReport report;
    report.logs.push_back({"/l/a", agent::logs::Outcome::rotated, "forced", 7, {"/l/a.1"}, {"move a -> a.1"}});
    BOOST_TEST(to_text(report, false).find("move") == std::string::npos);
    BOOST_TEST(to_text(report, true).find("  move a -> a.1\n") != std::string::npos);
    report.logs[0].outcome = agent::logs::Outcome::planned;
    BOOST_TEST(to_text(report, false).find("  move a -> a.1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_report_is_json_even_for_names_that_are_no_utf_8) {
    agent::logs::RotationReport report;
    report.logs.push_back({"/l/\xff.log", agent::logs::Outcome::rotated, "forced", 7, {"/l/a.1"}, {}});
    report.errors.push_back("one");
    const auto read = nlohmann::json::parse(to_json(report));
    BOOST_TEST(read["logs"][0]["outcome"] == "rotated");
    BOOST_TEST(read["logs"][0]["bytes"] == 7);
    BOOST_TEST(read["errors"][0] == "one");
}

// 64 KiB is what a job's result may have on its way to the controller.
BOOST_AUTO_TEST_CASE(a_report_of_thousands_of_logs_is_shortened_and_keeps_what_failed) {
    agent::logs::RotationReport report;
    for (int i = 0; i < 3000; ++i) {
        report.logs.push_back(
            {fmt::format("/var/log/app/{}.log", i), agent::logs::Outcome::not_due, "not a day old", 1, {}, {}});
    }
    report.logs.push_back({"/var/log/broken.log", agent::logs::Outcome::failed, "no space", 1, {}, {}});
    const auto few = nlohmann::json::parse(to_json(report));
    BOOST_TEST(few["is_cut"].get<bool>());
    BOOST_REQUIRE(few["logs"].size() == 1u);
    BOOST_TEST(few["logs"][0]["path"].get<std::string>() == "/var/log/broken.log");
    report.warnings.assign(1000, std::string(100, 'w'));
    const auto text = to_json(report);
    BOOST_TEST(text.size() <= 64u * 1024);
    BOOST_TEST(nlohmann::json::parse(text)["logs"].size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
