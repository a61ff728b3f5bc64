#include "agent/logs/cli.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

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
    policy("LOGS/a.log {\n weekly\n}\n");
    BOOST_TEST(rotate_main({folder / "policy", "--state", folder / "state"}) == 1);
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

BOOST_AUTO_TEST_SUITE_END()
