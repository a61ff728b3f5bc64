// vigie rules check and test over files of this machine; list is rendered like any table.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr const char* good_rules =
    "groups: [{name: g, rules: [{alert: High, expr: a > 1}, {record: b, expr: sum(a)}]}]\n";
constexpr const char* good_test = R"(rule_files: [r*.yml]
tests:
- input_series: [{series: 'a{x="1"}', values: '2x3'}]
  alert_rule_test: [{eval_time: 1m, alertname: High, exp_alerts: [{exp_labels: {x: 1}}]}]
)";

struct Line {
    std::ostringstream out;
    std::ostringstream err;
    Request asked;
    SystemFiles files;
    tests::TempFolder folder;

    std::string write(const std::string& name, std::string_view text) {
        const auto path = join_path(folder.path(), name);
        BOOST_REQUIRE(files.write_atomically(path, text, 0600));
        return path;
    }
    int run(std::vector<std::string> words) {
        words.insert(words.begin(), "rules");
        out.str("");
        err.str("");
        const Surroundings world{
            .ask = [this](const Door&, const Request& request) -> Result<Json> {
                asked = request;
                return Json::array();
            },
            .make_key = {},
            .now_unix_ms = [] { return int64_t{1'700'000'100'000}; },
            .pause = [](milliseconds) { return false; },
            .files = &files,
            .environment = {},
            .out = out,
            .err = err,
        };
        return run_cli(words, world);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_rules, Line)

BOOST_AUTO_TEST_CASE(check_says_what_each_file_has_or_every_fault_of_it) {
    const auto good = write("r.yml", good_rules);
    const auto bad = write("bad.yml", "groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'a >'}\n  - {alert: B}\n");
    BOOST_TEST(run({"check", good}) == 0);
    BOOST_TEST(out.str() == good + ": 2 rules in 1 group\n");
    BOOST_TEST(run({"check", good, bad}) == 1);
    BOOST_TEST(out.str().find(bad + ":4:26: expr: ") != std::string::npos);
    BOOST_TEST(out.str().find(bad + ":5:5: a rule needs 'expr', an expression\n") != std::string::npos);
    BOOST_TEST(out.str().find(bad + ": 2 faults\n") != std::string::npos);
    BOOST_TEST(run({"check", bad, "-o", "json"}) == 1);
    const auto answer = Json::parse(out.str());
    BOOST_TEST(answer[0]["faults"][0]["line"] == 4);
    BOOST_TEST(answer[0]["faults"][0]["column"] == 26);
    BOOST_TEST(run({"check", "/nowhere.yml"}) == 1);
    BOOST_TEST(out.str().find("/nowhere.yml") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(test_says_what_was_expected_and_what_came) {
    write("r.yml", good_rules);
    const auto test = write("t.yml", good_test);
    BOOST_TEST(run({"test", test}) == 0);
    BOOST_TEST(out.str() == test + ": 1 check, all hold\n");
    const auto wrong = write("w.yml",
                             "rule_files: [r.yml]\ntests:\n- name: n\n  alert_rule_test:\n"
                             "  - {eval_time: 5m, alertname: High, exp_alerts: [{exp_labels: {x: 1}}]}\n");
    BOOST_TEST(run({"test", wrong}) == 1);
    BOOST_TEST(out.str() == "FAILED " + wrong +
                                ":5: n: alertname: High, time: 5m\n    expected:\n      labels {alertname=\"High\", "
                                "x=\"1\"} annotations {}\n    got: nothing\n" +
                                wrong + ": 1 check, 1 failure\n");
    BOOST_TEST(run({"test", wrong, "-o", "json"}) == 1);
    const auto answer = Json::parse(out.str());
    BOOST_TEST(answer[0]["failures"][0]["kind"] == "alertname");
    BOOST_TEST(answer[0]["failures"][0]["got"].empty());
}

BOOST_AUTO_TEST_CASE(a_test_without_its_rule_files_is_not_run) {
    const auto test = write("t.yml", good_test);
    BOOST_TEST(run({"test", test}) == 1);
    BOOST_TEST(out.str() == test + ":1: rule_files: there is no file 'r*.yml'\n" + test + ": not run\n");
}

BOOST_AUTO_TEST_CASE(neither_asks_a_controller) {
    BOOST_TEST(run({"check", "x.yml", "--socket", "/run/x"}) == 2);
    BOOST_TEST(err.str().find("rules check asks no controller") != std::string::npos);
    BOOST_TEST(run({"check"}) == 2);
    BOOST_TEST(asked.verb.empty());
    BOOST_TEST(run({"list"}) == 0);
    BOOST_TEST(asked.verb == "rules.list");
}

BOOST_AUTO_TEST_SUITE_END()
