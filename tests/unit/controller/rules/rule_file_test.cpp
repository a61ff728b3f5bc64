// What is right and wrong follows promtool, which tests/judges/rules asks.
#include "controller/rules/rule_file.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/rules/alert_text.hpp"

namespace vigie::controller::rules {
namespace {

std::string refused(std::string_view text) {
    const auto parsed = parse_rule_file(text, "r.yml");
    BOOST_REQUIRE_MESSAGE(!parsed, text << " was accepted");
    return parsed.error().message;
}

std::vector<RuleGroup> parsed(std::string_view text) {
    auto groups = parse_rule_file(text, "r.yml");
    BOOST_REQUIRE_MESSAGE(groups, (groups ? "" : groups.error().message));
    return std::move(*groups);
}

std::string rule_with(std::string_view lines) {
    return "groups:\n- name: g\n  rules:\n  - alert: A\n" + std::string(lines);
}

BOOST_AUTO_TEST_SUITE(rule_file)

BOOST_AUTO_TEST_CASE(reads_a_prometheus_rule_file) {
    const auto groups = parsed(R"(groups:
  - name: hosts
    interval: 30s
    limit: 5
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
      - record: job:load:avg
        expr: avg by (job) (node_load1)
        labels: {source: "{{ no template }}"}
  - name: empty
    rules:
)");
    BOOST_REQUIRE(groups.size() == 2U);
    BOOST_TEST((groups[0].interval == 30s));
    BOOST_TEST(groups[0].limit == 5);
    BOOST_TEST((groups[1].interval == interval_default));
    BOOST_TEST(groups[1].rules.empty());
    const auto& rule = groups[0].rules.at(0);
    BOOST_TEST(rule.is_alerting());
    BOOST_TEST(rule.name == "DiskFull");
    BOOST_TEST(rule.group == "hosts");
    BOOST_TEST((rule.hold == 5min));
    BOOST_TEST((rule.keep_firing == 10min));
    BOOST_TEST((rule.interval == 30s));
    BOOST_TEST(rule.line == 6);
    const auto text = expand_alert(rule, {{"__name__", "node_filesystem_avail_ratio"}, {"device", "sda"}}, 0.05);
    BOOST_TEST((text.labels == Labels{{"alertname", "DiskFull"}, {"device", "sda"}, {"severity", "critical"}}));
    BOOST_TEST((text.annotations == Labels{{"summary", "disk sda at 5%"}}));
    BOOST_TEST(text.failures.empty());
    const auto& recording = groups[0].rules.at(1);
    BOOST_TEST(!recording.is_alerting());
    BOOST_TEST((recorded_labels(recording, {{"job", "node"}}) ==
                Labels{{"__name__", "job:load:avg"}, {"job", "node"}, {"source", "{{ no template }}"}}));
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_rules) {
    BOOST_TEST(parsed("").empty());
    BOOST_TEST(parsed("groups: []").empty());
}

BOOST_AUTO_TEST_CASE(places_an_expression_s_error_by_line_and_column) {
    BOOST_TEST(
        refused(rule_with("    expr: rate(a) > 1\n")).starts_with("r.yml:5:16: expr: expected type range vector"));
    BOOST_TEST(refused(rule_with("    expr: 'a > nosuch(b)'\n")).starts_with("r.yml:5:16: expr: unknown function"));
    BOOST_TEST(refused(rule_with("    expr: |\n      a\n        > nosuch(b)\n")).starts_with("r.yml:7:11: expr: "));
    BOOST_TEST(
        refused(rule_with("    expr: >-\n      a\n        > 1\n      or nosuch(b)\n")).starts_with("r.yml:8:10: "));
    BOOST_TEST(refused("groups: [{name: g, rules: [{alert: A, expr: a >}]}]").starts_with("r.yml:1:48: expr: "));
    BOOST_TEST(refused(rule_with("    expr: '\"text\"'\n")) ==
               "r.yml:5:12: expr: a rule needs an instant vector or a scalar, not a string");
    BOOST_TEST(refused(rule_with("    expr: a[5m]\n")) ==
               "r.yml:5:11: expr: a rule needs an instant vector or a scalar, not a range vector");
}

BOOST_AUTO_TEST_CASE(places_a_template_s_error_by_line_and_column) {
    BOOST_TEST(refused(rule_with("    expr: a\n    annotations:\n      summary: \"at {{ query \\\"up\\\" }}\"\n")) ==
               "r.yml:7:23: annotations.summary: template: function 'query' is not supported: templates here make no "
               "queries");
    BOOST_TEST(refused(rule_with("    expr: a\n    labels: {l: '{{ $x }}'}\n")) ==
               "r.yml:6:21: labels.l: template: undefined variable '$x'");
}

BOOST_AUTO_TEST_CASE(refuses_what_breaks_the_format_with_its_place) {
    BOOST_TEST(refused("groups: 5") == "r.yml:1:9: groups: must be a list");
    BOOST_TEST(refused("rules: []") == "r.yml:1:1: unknown key 'rules'");
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    fro: 5m\n")) ==
               "r.yml:6:5: unknown key 'fro', did you mean 'for'?");
    BOOST_TEST(refused(rule_with("    for: 5m\n")) == "r.yml:4:5: a rule needs 'expr', an expression");
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    for: soon\n")).starts_with("r.yml:6:10: for: "));
    BOOST_TEST(refused(rule_with("    expr: a > 1\n    labels:\n      bad-name: x\n")) ==
               "r.yml:7:7: labels: 'bad-name' is not allowed as a name");
    BOOST_TEST(refused("groups:\n- name: g\n- name: g\n") == "r.yml:3:9: name: group 'g' stands twice");
    BOOST_TEST(refused("groups:\n- rules: []\n") == "r.yml:2:3: a group needs a name");
    BOOST_TEST(refused("groups: [\n").starts_with("r.yml:"));
    BOOST_TEST(refused("groups:\n- name: g\n  rules:\n  - {alert: A, record: b, expr: c}\n") ==
               "r.yml:4:5: a rule has 'alert' or 'record', not both");
    BOOST_TEST(refused("groups:\n- name: g\n  rules:\n  - {record: b, expr: c, for: 5m}\n") ==
               "r.yml:4:31: for: a recording rule has none");
    BOOST_TEST(refused("groups:\n- name: g\n  rules:\n  - {record: a-b, expr: c}\n") ==
               "r.yml:4:14: record: 'a-b' is no name of a metric");
}

BOOST_AUTO_TEST_CASE(tells_of_all_faults_in_their_order) {
    const auto read = read_rule_file(
        "groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'a >', labels: {b-c: d}}\n  - {alert: B, expr: b}\n"
        "- name: h\n  rules:\n  - {alert: C, expr: c, fro: 1m}\n- name: i\n",
        "r.yml");
    BOOST_REQUIRE(read.faults.size() == 3U);
    BOOST_TEST(read.faults[0].text().starts_with("r.yml:4:26: expr: "));
    BOOST_TEST(read.faults[1].text() == "r.yml:4:38: labels: 'b-c' is not allowed as a name");
    BOOST_TEST(read.faults[2].text().starts_with("r.yml:8:25: unknown key 'fro'"));
    BOOST_REQUIRE(read.groups.size() == 1U);
    BOOST_TEST(read.groups[0].name == "i");
}

// An undefined field in a template: a plain text takes its place and the failure is told (AM#2857). A label that a
// series has not is an empty text, as in Prometheus.
BOOST_AUTO_TEST_CASE(a_template_with_an_undefined_field_falls_back_to_plain_text) {
    const auto groups =
        parsed(rule_with("    expr: a > 1\n    labels:\n      team: '{{ $labels.team }}'\n      pool: '{{ .Pool }}'\n"
                         "    annotations:\n      summary: 'pool {{ .Pool }} is hot'\n      note: fine\n"));
    const auto text = expand_alert(groups.at(0).rules.at(0), {{"__name__", "a"}, {"instance", "web-1"}}, 90);
    BOOST_TEST((text.labels == Labels{{"alertname", "A"}, {"instance", "web-1"}}));
    BOOST_TEST((text.annotations == Labels{{"note", "fine"}, {"summary", "A {instance=\"web-1\"} value 90"}}));
    BOOST_REQUIRE(text.failures.size() == 2U);
    BOOST_TEST(text.failures[0] == "label 'pool': there is no field '.Pool'");
    BOOST_TEST(text.failures[1] == "annotation 'summary': there is no field '.Pool'");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
