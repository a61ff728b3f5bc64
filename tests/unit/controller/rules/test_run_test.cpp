// tests/judges/rules compares with promtool; here is what it prints, and the places of faults.
#include "controller/rules/test_run.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/rules/rule_file.hpp"

namespace vigie::controller::rules {
namespace {

constexpr std::string_view rules_text = R"(groups:
- name: g
  rules:
  - record: double
    expr: 2 * a
  - alert: High
    expr: double > 10
    for: 2m
    annotations: {summary: 'at {{ $value }}'}
)";

TestResult tested(std::string_view test_text) {
    const auto file = read_test_file(test_text, "t.yml");
    BOOST_REQUIRE_MESSAGE(file.faults.empty(), (file.faults.empty() ? "" : file.faults[0].text()));
    return run_tests(file, parse_rule_file(rules_text, "r.yml").value());
}

std::vector<std::string> faults_of(std::string_view test_text) {
    std::vector<std::string> texts;
    for (const auto& one : read_test_file(test_text, "t.yml").faults) {
        texts.push_back(one.text());
    }
    return texts;
}

BOOST_AUTO_TEST_SUITE(test_run)

BOOST_AUTO_TEST_CASE(what_holds_is_counted) {
    const auto result = tested(R"(tests:
- input_series: [{series: 'a{x="1"}', values: '1 6 7 8 9 stale'}]
  alert_rule_test:
  - {eval_time: 2m, alertname: High}
  - eval_time: 3m
    alertname: High
    exp_alerts: [{exp_labels: {x: 1}, exp_annotations: {summary: at 16}}]
  - {eval_time: 5m, alertname: High}
  promql_expr_test:
  - {expr: double, eval_time: 4m, exp_samples: [{labels: 'double{x="1"}', value: 18}]}
  - {expr: double, eval_time: 5m}
)");
    BOOST_TEST(result.checks == 5U);
    BOOST_TEST(result.failures.empty());
}

BOOST_AUTO_TEST_CASE(what_does_not_hold_is_told_with_both_sides) {
    const auto result = tested(R"(evaluation_interval: 30s
tests:
- name: first
  interval: 1m
  input_series: [{series: 'a{x="1"}', values: '6x9'}]
  alert_rule_test:
  - {eval_time: 2m, alertname: High}
  promql_expr_test:
  - {expr: double, eval_time: 1m, exp_samples: [{labels: '{x="1"}', value: 12}]}
  - {expr: 'sum(', eval_time: 1m}
)");
    BOOST_REQUIRE(result.failures.size() == 3U);
    const auto& alert = result.failures[0];
    BOOST_TEST(alert.subject == "High");
    BOOST_TEST(alert.test == "first");
    BOOST_TEST(alert.line == 7);
    BOOST_TEST((alert.at == 2min));
    BOOST_TEST(alert.expected.empty());
    BOOST_TEST(
        (alert.got == std::vector<std::string>{R"(labels {alertname="High", x="1"} annotations {summary="at 12"})"}));
    BOOST_TEST((result.failures[1].expected == std::vector<std::string>{R"({x="1"} 12)"}));
    BOOST_TEST((result.failures[1].got == std::vector<std::string>{R"(double{x="1"} 12)"}));
    BOOST_TEST(result.failures[2].problem.starts_with("1:5: "));
}

BOOST_AUTO_TEST_CASE(a_rule_that_cannot_be_evaluated_ends_its_test) {
    const auto file = read_test_file(
        "tests:\n- input_series: [{series: 'a{x=\"1\"}', values: '1x5'}]\n"
        "  alert_rule_test: [{eval_time: 3m, alertname: A}]\n",
        "t.yml");
    const auto result = run_tests(
        file, parse_rule_file("groups: [{name: g, rules: [{alert: A, expr: 'a + on () {x=~\".+\"}'}, {record: b, expr: "
                              "a, labels: {c: d}}]}]",
                              "r.yml")
                  .value());
    BOOST_REQUIRE(result.failures.size() == 1U);  // b makes the second a at the second evaluation
    BOOST_TEST((result.failures[0].kind == TestFailure::Kind::evaluation));
    BOOST_TEST(result.failures[0].subject == "A");
    BOOST_TEST((result.failures[0].at == 1min));
}

BOOST_AUTO_TEST_CASE(faults_of_a_test_file_have_their_places) {
    BOOST_TEST(
        (faults_of("tests:\n- input_series:\n  - {series: 'a[', values: '1 b'}\n  extra: 1\n") ==
         std::vector<std::string>{
             "t.yml:3:14: series: 1:2: parse error: expected a selector such as up{job=\"node\"}, found '[' after it",
             "t.yml:3:28: values: 'b' is no value: write 1, 1x3, 1+2x3, _, _x3 or stale",
             "t.yml:4:3: unknown key 'extra'"}));
    BOOST_TEST((faults_of("group_eval_order: [a, a]\n") ==
                std::vector<std::string>{"t.yml:1:19: group_eval_order: 'a' stands twice"}));
    BOOST_TEST((faults_of("tests: [{alert_rule_test: [{eval_time: 1m}]}]") ==
                std::vector<std::string>{"t.yml:1:28: a test under 'alert_rule_test' needs 'alertname'"}));
    BOOST_TEST((faults_of("evaluation_interval: 1ms\ntests: [{promql_expr_test: [{eval_time: 1d}]}]") ==
                std::vector<std::string>{"t.yml:2:29: eval_time: more than 525600 evaluations"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
