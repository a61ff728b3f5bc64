#include "controller/rules/rule_file.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/rules/evaluate.hpp"

namespace vigie::controller::rules {
namespace {

std::string refused(std::string_view text) {
    const auto parsed = parse_rule_file(text, "r.yml");
    BOOST_REQUIRE_MESSAGE(!parsed, text << " was accepted");
    return parsed.error().message;
}

std::vector<AlertingRule> parsed(std::string_view text) {
    auto rules = parse_rule_file(text, "r.yml");
    BOOST_REQUIRE_MESSAGE(rules, (rules ? "" : rules.error().message));
    return std::move(*rules);
}

std::string rule_with(std::string_view lines) {
    return "groups:\n- name: g\n  rules:\n  - alert: A\n" + std::string(lines);
}

BOOST_AUTO_TEST_SUITE(rule_file)

BOOST_AUTO_TEST_CASE(reads_a_prometheus_rule_file) {
    const auto rules = parsed(R"(groups:
  - name: hosts
    interval: 30s
    rules:
      - alert: DiskFull
        expr: |
          node_filesystem_avail_ratio{fstype!="tmpfs"}
            < 0.1
        for: 5m
        keep_firing_for: 10m
        labels:
          severity: critical
        annotations:
          summary: "disk {{ $labels.device }} at {{ $value | humanizePercentage }}"
  - name: empty
    rules:
)");
    BOOST_REQUIRE(rules.size() == 1U);
    BOOST_TEST(rules[0].name == "DiskFull");
    BOOST_TEST(rules[0].group == "hosts");
    BOOST_TEST((rules[0].hold == 5min));
    BOOST_TEST((rules[0].keep_firing == 10min));
    BOOST_TEST(rules[0].line == 5);
    const Labels series{{"__name__", "node_filesystem_avail_ratio"}, {"device", "sda"}};
    const auto text = expand_alert(rules[0], series, 0.05);
    BOOST_TEST((text.labels == Labels{{"alertname", "DiskFull"}, {"device", "sda"}, {"severity", "critical"}}));
    BOOST_TEST((text.annotations == Labels{{"summary", "disk sda at 5%"}}));
    BOOST_TEST(text.failures.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_rules) {
    BOOST_TEST(parsed("").empty());
    BOOST_TEST(parsed("groups: []").empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_recording_rule_by_name_and_line) {
    BOOST_TEST(refused("groups:\n- name: g\n  rules:\n  - record: job:up:sum\n    expr: sum(up)\n") ==
               "r.yml:4: recording rule 'job:up:sum' is not supported yet");
}

BOOST_AUTO_TEST_CASE(places_an_expression_s_error_by_line_and_column) {
    BOOST_TEST(refused(rule_with("    expr: rate(a[5m]) > 1\n")) ==
               "r.yml:5:11: alert 'A': expr: function rate() is not supported yet");
    BOOST_TEST(refused(rule_with("    expr: 'a > 1 and b > 2'\n")) ==
               "r.yml:5:18: alert 'A': expr: operator 'and' is not supported yet");
    BOOST_TEST(refused(rule_with("    expr: |\n      a\n        > rate(b[5m])\n")) ==
               "r.yml:7:11: alert 'A': expr: function rate() is not supported yet");
    BOOST_TEST(refused(rule_with("    expr: >-\n      a\n        > 1\n      or b > 1\n")) ==
               "r.yml:8:7: alert 'A': expr: operator 'or' is not supported yet");
    BOOST_TEST(refused(rule_with("    expr: a >\n      foo\n")) ==
               "r.yml:6:7: alert 'A': expr: a comparison with another selector is not supported yet");
}

BOOST_AUTO_TEST_CASE(refuses_what_breaks_the_format_with_its_line) {
    BOOST_TEST(refused("groups: 5") == "r.yml:1: groups: must be a list");
    BOOST_TEST(refused("rules: []") == "r.yml:1: unknown key 'rules'");
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    fro: 5m\n")) ==
               "r.yml:6: unknown key 'fro', did you mean 'for'?");
    BOOST_TEST(refused(rule_with("    for: 5m\n")) == "r.yml:4: key 'expr' is missing");
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    for: soon\n")).starts_with("r.yml:6: for: "));
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    labels:\n      bad-name: x\n")) ==
               "r.yml:7: labels: 'bad-name' is not allowed as a name");
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    annotations:\n      summary: '{{ if 1 }}'\n")) ==
               "r.yml:7: annotations.summary: template: 'if' is not supported yet (action at character 1)");
    BOOST_TEST(refused("groups:\n- name: g\n- name: g\n") == "r.yml:3: name: group 'g' stands twice");
    BOOST_TEST(refused("groups: [\n").starts_with("r.yml:"));
}

// An undefined field in a template: a plain text takes its place and the failure is told (AM#2857).
BOOST_AUTO_TEST_CASE(a_template_with_an_undefined_field_falls_back_to_plain_text) {
    const auto rules =
        parsed(rule_with("    expr: a > 1\n    labels:\n      team: '{{ $labels.team }}'\n"
                         "    annotations:\n      summary: 'pool {{ .Pool }} is hot'\n      note: fine\n"));
    const auto text = expand_alert(rules.at(0), {{"__name__", "a"}, {"instance", "web-1"}}, 90);
    BOOST_TEST((text.labels == Labels{{"alertname", "A"}, {"instance", "web-1"}}));
    BOOST_TEST((text.annotations == Labels{{"note", "fine"}, {"summary", "A {instance=\"web-1\"} value 90"}}));
    BOOST_REQUIRE(text.failures.size() == 2U);
    BOOST_TEST(text.failures[0] == "label 'team': the series has no label 'team'");
    BOOST_TEST(text.failures[1] == "annotation 'summary': there is no field '.Pool'");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(gives_a_verdict_for_each_label_set_that_the_selector_picks) {
    const auto rules = parsed(rule_with("    expr: temp{room!=\"lab\"} > 80\n"));
    const Labels hot{{"__name__", "temp"}, {"room", "hall"}};
    const Labels cold{{"__name__", "temp"}, {"room", "attic"}};
    const Labels lab{{"__name__", "temp"}, {"room", "lab"}};
    const Labels other{{"__name__", "load"}};
    const std::vector<SeriesSample> samples{{hot, 81}, {cold, 20}, {lab, 200}, {other, 99}};
    const HostSamples host{AgentId{"web-1"}, wall_from_unix_ms(1000), samples};
    const auto verdicts = evaluate(rules.at(0), host);
    BOOST_REQUIRE(verdicts.size() == 2U);
    BOOST_TEST((verdicts[0].labels == Labels{{"room", "hall"}}));
    BOOST_TEST(verdicts[0].value == 81);
    BOOST_TEST(verdicts[0].is_true);
    BOOST_TEST(!verdicts[1].is_true);
}

BOOST_AUTO_TEST_CASE(a_rule_set_answers_for_every_rule_and_tells_twins_apart) {
    auto rules = parsed(
        "groups:\n- name: g\n  rules:\n  - {alert: A, expr: a > 1}\n  - {alert: A, expr: a > 2}\n"
        "  - {alert: Any, expr: '{__name__=~\"a|b\"} > 2'}\n  - {alert: None, expr: absent == 1}\n");
    const RuleSet set(std::move(rules));
    const Labels a{{"__name__", "a"}};
    const Labels b{{"__name__", "b"}};
    const std::vector<SeriesSample> samples{{a, 2}, {b, 3}};
    const auto all = set.evaluate(HostSamples{AgentId{"h"}, wall_from_unix_ms(1), samples});
    BOOST_REQUIRE(all.size() == 4U);
    BOOST_TEST(all[0].verdicts.at(0).is_true);
    BOOST_TEST(!all[1].verdicts.at(0).is_true);
    BOOST_TEST(all[0].rule->key != all[1].rule->key);
    BOOST_TEST(set.find(all[1].rule->key) == all[1].rule);
    BOOST_REQUIRE(all[2].verdicts.size() == 1U);  // the same labels but for the name: the true one
    BOOST_TEST(all[2].verdicts[0].value == 3);
    BOOST_TEST(all[3].verdicts.empty());
    BOOST_TEST(set.is_selecting(a));
    BOOST_TEST(!set.is_selecting(Labels{{"__name__", "c"}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
