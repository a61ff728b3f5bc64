#include "controller/rules/evaluate.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/rules/alert_check.hpp"
#include "controller/rules/rule_file.hpp"

namespace vigie::controller::rules {
namespace {

RuleSet set_of(std::string_view text) {
    return RuleSet(parse_rule_file(text, "r.yml").value());
}
RuleSet rule_of(const std::string& expression) {
    return set_of("groups: [{name: g, rules: [{alert: A, expr: '" + expression + "'}]}]");
}

// One host's samples at one time.
struct Batch {
    std::vector<Labels> labels;
    std::vector<double> values;

    void add(Labels some, double value) {
        some.emplace("instance", "web-1");
        labels.push_back(std::move(some));
        values.push_back(value);
    }
    std::vector<RuleVerdicts> judged_by(const RuleSet& rules, bool has_alerts = true) const {
        std::vector<SeriesSample> samples;
        for (size_t i = 0; i < labels.size(); ++i) {
            samples.push_back({labels[i], values[i]});
        }
        return rules.judge({AgentId{"web-1"}, wall_from_unix_ms(1'800'000'000'000), samples},
                           [has_alerts](const std::string&) { return has_alerts; });
    }
    // "room=hall:true:81 …" of the only rule, without instance and the metric's name; or its failure.
    std::string verdicts_of(const std::string& expression) const {
        const auto rules = rule_of(expression);
        BOOST_REQUIRE_MESSAGE(rules.is_judged_at_once(rules.groups()[0].rules[0]),
                              expression << " waits for its group");
        std::string text;
        for (const auto& of_rule : judged_by(rules)) {
            text += of_rule.failure;
            for (const auto& one : of_rule.verdicts) {
                text += text.empty() ? "" : " ";
                for (const auto& [name, value] : one.labels) {
                    const bool is_told = name != "instance" && name != query::metric_name_label;
                    text += is_told ? fmt::format("{}={}:", name, value) : "";
                }
                text += fmt::format("{}:{}", one.is_true, one.value);
            }
        }
        return text;
    }
};

bool is_judged_at_once(const std::string& expression) {
    const auto rules = rule_of(expression);
    return rules.is_judged_at_once(rules.groups()[0].rules[0]);
}

RuleSet with_clear(const std::string& expression, const std::string& clear) {
    auto groups =
        parse_rule_file("groups: [{name: g, rules: [{alert: A, expr: '" + expression + "'}]}]", "r.yml").value();
    groups[0].rules[0].clear = query::Expression::parse(clear).value();
    return RuleSet(std::move(groups));
}

BOOST_FIXTURE_TEST_SUITE(evaluation, Batch)

BOOST_AUTO_TEST_CASE(a_clear_expression_is_evaluated_for_rules_with_alerts) {
    add({{"__name__", "temp"}, {"room", "hall"}}, 75);
    add({{"__name__", "temp"}, {"room", "attic"}}, 60);
    const auto rules = with_clear("temp > 80", "temp < 70");
    BOOST_TEST(!judged_by(rules, false).at(0).cleared.has_value());
    const auto judged = judged_by(rules);
    BOOST_REQUIRE(judged.size() == 1U);
    BOOST_TEST(judged[0].failure.empty());
    BOOST_TEST(judged[0].cleared->covers({{"instance", "web-1"}, {"room", "attic"}}));
    BOOST_TEST(!judged[0].cleared->covers({{"instance", "web-1"}, {"room", "hall"}}));
    BOOST_TEST(!judged_by(rule_of("temp > 80")).at(0).cleared.has_value());
}

BOOST_AUTO_TEST_CASE(a_clear_expression_may_read_what_the_rule_does_not) {
    add({{"__name__", "temp"}}, 75);
    add({{"__name__", "fan"}}, 1);
    const auto rules = with_clear("temp > 80", "fan == 1");
    BOOST_TEST(judged_by(rules).at(0).cleared->covers({{"instance", "web-1"}}));
    BOOST_TEST(rules.readers_of({{"__name__", "fan"}, {"instance", "web-1"}}).is_judged_at_once);
    const auto slow = with_clear("temp > 80", "max_over_time(temp[5m]) < 70");
    BOOST_TEST(!slow.is_judged_at_once(slow.groups()[0].rules[0]));
}

BOOST_AUTO_TEST_CASE(when_its_clear_expression_fails_a_rule_ends_no_alert) {
    add({{"__name__", "temp"}, {"room", "hall"}}, 90);
    add({{"__name__", "temp"}, {"room", "attic"}}, 60);
    const auto judged = judged_by(with_clear("temp > 80", "temp < on (instance) temp"));
    BOOST_REQUIRE(judged.size() == 1U);
    BOOST_TEST(judged[0].failure.starts_with("its clear expression cannot be evaluated, so no alert of it ends: "));
    BOOST_REQUIRE(judged[0].verdicts.size() == 1U);
    BOOST_TEST(judged[0].verdicts[0].is_true);
}

BOOST_AUTO_TEST_CASE(gives_a_verdict_for_each_label_set_that_is_compared) {
    add({{"__name__", "temp"}, {"room", "hall"}}, 81);
    add({{"__name__", "temp"}, {"room", "attic"}}, 20);
    add({{"__name__", "temp"}, {"room", "lab"}}, 200);
    add({{"__name__", "load"}}, 99);
    BOOST_TEST(verdicts_of("temp{room!=\"lab\"} > 80") == "room=hall:true:81 room=attic:false:20");
    BOOST_TEST(verdicts_of("nothing > 80").empty());
    const auto rules = rule_of("temp > 300");
    BOOST_TEST(judged_by(rules, false).at(0).verdicts.empty());  // nobody wants to know of whom it is false
    BOOST_TEST(judged_by(rules, true).at(0).verdicts.size() == 3U);
}

BOOST_AUTO_TEST_CASE(reckons_with_all_samples_of_the_host) {
    add({{"__name__", "free"}, {"device", "sda"}}, 5);
    add({{"__name__", "free"}, {"device", "sdb"}}, 50);
    add({{"__name__", "size"}, {"device", "sda"}}, 100);
    add({{"__name__", "size"}, {"device", "sdb"}}, 100);
    add({{"__name__", "boot"}}, 1'799'999'000);
    BOOST_TEST(verdicts_of("free / size < 0.1") == "device=sda:true:0.05 device=sdb:false:0.5");
    BOOST_TEST(verdicts_of("sum by (instance) (free) / sum by (instance) (size) > 0.2") == "true:0.275");
    BOOST_TEST(verdicts_of("free < 10 and on (instance) boot > 0") == "device=sda:true:5 device=sdb:false:50");
    BOOST_TEST(verdicts_of("free < 10 unless on (instance) boot > 0") == "device=sda:false:5 device=sdb:false:50");
    BOOST_TEST(verdicts_of("time() - boot > 500") == "true:1000");
    BOOST_TEST(verdicts_of("topk by (instance) (1, free < 60) > 40") == "device=sdb:true:50 device=sda:false:5");
}

BOOST_AUTO_TEST_CASE(an_expression_that_cannot_be_evaluated_says_why_and_gives_no_verdict) {
    add({{"__name__", "a"}, {"x", "1"}}, 1);
    add({{"__name__", "b"}, {"x", "1"}, {"y", "1"}}, 1);
    add({{"__name__", "b"}, {"x", "1"}, {"y", "2"}}, 1);
    const auto rules = rule_of("a * on (instance, x) b > 0");
    const auto judged = judged_by(rules);
    BOOST_TEST(judged.at(0).verdicts.empty());
    BOOST_TEST(judged.at(0).failure.find("many-to-many") != std::string::npos);
}

// The filter makes the match unique; without it, as the presence has it, the match fails.
BOOST_AUTO_TEST_CASE(what_a_rule_is_true_for_stands_when_what_it_is_false_for_cannot_be_told) {
    add({{"__name__", "a"}}, 1);
    add({{"__name__", "role_info"}, {"role", "primary"}}, 1);
    add({{"__name__", "role_info"}, {"role", "replica"}}, 0);
    const auto rules = rule_of("(a == 1) * on (instance) group_left (role) (role_info == 1)");
    BOOST_REQUIRE(rules.is_judged_at_once(rules.groups()[0].rules[0]));
    const auto asked_for_both = judged_by(rules, true).at(0);
    BOOST_REQUIRE(asked_for_both.verdicts.size() == 1U);
    BOOST_TEST(asked_for_both.verdicts[0].is_true);
    BOOST_TEST(asked_for_both.verdicts[0].labels.at("role") == "primary");
    BOOST_TEST(!asked_for_both.are_others_false);
    BOOST_TEST(asked_for_both.failure.starts_with("what it is false for cannot be told"));
    BOOST_TEST(judged_by(rules, false).at(0).failure.empty());
}

BOOST_AUTO_TEST_CASE(alerts_that_cannot_be_told_apart_are_refused) {
    add({{"__name__", "a"}, {"x", "1"}}, 1);
    add({{"__name__", "a"}, {"x", "2"}}, 1);
    const auto rules = set_of("groups: [{name: g, rules: [{alert: A, expr: 'a > 0', labels: {x: any}}]}]");
    const auto judged = judged_by(rules);
    BOOST_TEST(judged.at(0).failure == "several alerts have the same labels once the rule's labels are set");
    BOOST_TEST(judged.at(0).verdicts.empty());
}

BOOST_AUTO_TEST_CASE(a_rule_that_reads_too_much_of_one_batch_fails_as_does_one_with_too_many_alerts) {
    for (int i = 0; i < 2'000; ++i) {
        add({{"__name__", "a"}, {"x", std::to_string(i)}}, 1);
    }
    std::string sum = "a";
    for (int i = 1; i < 50; ++i) {
        sum += " + a";  // fifty times two thousand samples, and what is reckoned of them
    }
    BOOST_TEST(judged_by(rule_of("a + a > 5")).at(0).failure.empty());
    const auto judged = judged_by(rule_of(sum + " > 0"));
    BOOST_TEST(judged.at(0).failure.find("samples") != std::string::npos, judged.at(0).failure);
    BOOST_TEST(judged.at(0).verdicts.empty());
    for (size_t i = 2'000; i <= alerts_max; ++i) {
        add({{"__name__", "a"}, {"x", std::to_string(i)}}, 1);
    }
    BOOST_TEST(judged_by(rule_of("a > 0")).at(0).failure ==
               "it has 20001 alerts, more than the 20000 that one rule may have");
    BOOST_TEST(judged_by(rule_of("a > 1")).at(0).failure.empty());
}

BOOST_AUTO_TEST_CASE(a_value_that_becomes_a_label_is_false_when_another_one_has_come) {
    add({{"__name__", "a"}}, 5);
    const auto rules = rule_of("count_values by (instance) (\"at\", a) > 0");
    const auto judged = judged_by(rules);
    BOOST_TEST(judged.at(0).are_others_false);
    BOOST_TEST(judged.at(0).verdicts.at(0).labels.at("at") == "5");
}

BOOST_AUTO_TEST_CASE(a_rule_is_judged_at_once_only_when_one_host_s_samples_tell_all) {
    for (const auto* expression :
         {"a", "a > 1", "1 < a", "-a > 1", "a / b > 1", "a > 1 and b > 1", "a + ignoring (x) b", "a * on (instance) b",
          "a * on (instance, x) group_left () b", "sum by (instance) (a)", "avg without (cpu) (a)", "abs(a)",
          "time() - a", "label_replace(a, \"b\", \"$1\", \"c\", \"(.*)\")", "hour(a)", "a > 1 or b",
          "histogram_quantile(0.9, a_bucket)"}) {
        BOOST_TEST(is_judged_at_once(expression), expression);
    }
    for (const auto* expression : {"rate(a[5m])",
                                   "max_over_time(a[5m:1m])",
                                   "a offset 5m",
                                   "a @ 1000",
                                   "sum(a)",
                                   "sum by (job) (a)",
                                   "avg without (instance) (a)",
                                   "a / ignoring (instance) b",
                                   "a / on (x) b",
                                   "absent(a)",
                                   "timestamp(a)",
                                   "time() - timestamp(a) > 60",
                                   "{job=\"node\"} > 1",
                                   "{__name__=~\"a|b\"} > 1",
                                   "vector(1)",
                                   "a > scalar(b)",
                                   "time()",
                                   "1",
                                   "hour()",
                                   "a and on () hour() > 5",
                                   "label_replace(a, \"instance\", \"x\", \"c\", \"(.*)\")",
                                   "count_values by (instance) (\"instance\", a)",
                                   "a or vector(0)",
                                   "topk(1, a)"}) {
        BOOST_TEST(!is_judged_at_once(expression), expression);
    }
}

BOOST_AUTO_TEST_CASE(a_rule_that_reads_what_a_rule_records_or_counts_over_hosts_waits_for_its_group) {
    const auto rules = set_of(
        "groups:\n- name: g\n  rules:\n  - {record: 'job:a', expr: sum(a)}\n  - {alert: A, expr: 'job:a > 1'}\n"
        "  - {alert: B, expr: '{__name__=~\"job:.*\"} > 1'}\n  - {alert: C, expr: a > 1}\n"
        "- {name: limited, limit: 1, rules: [{alert: D, expr: a > 1}]}\n");
    const auto& first = rules.groups()[0].rules;
    BOOST_TEST(!rules.is_judged_at_once(first[0]));
    BOOST_TEST(!rules.is_judged_at_once(first[1]));
    BOOST_TEST(!rules.is_judged_at_once(first[2]));
    BOOST_TEST(rules.is_judged_at_once(first[3]));
    BOOST_TEST(!rules.is_judged_at_once(rules.groups()[1].rules[0]));
    BOOST_TEST(rules.evaluated_rules(0).size() == 3U);
    BOOST_TEST(rules.evaluated_rules(1).size() == 1U);
}

BOOST_AUTO_TEST_CASE(says_who_reads_a_series) {
    const auto rules = set_of(
        "groups:\n- {name: g, rules: [{alert: A, expr: 'a{x=\"1\"} > 1'}]}\n"
        "- {name: h, rules: [{alert: B, expr: 'sum(a) > 1'}, {alert: C, expr: 'sum({__name__=~\"b.*\"}) > 1'}]}\n");
    const auto one = rules.readers_of({{"__name__", "a"}, {"x", "1"}});
    BOOST_TEST(one.is_judged_at_once);
    BOOST_TEST((one.groups == std::vector<uint32_t>{1}));
    BOOST_TEST(!rules.readers_of({{"__name__", "a"}}).is_judged_at_once);
    BOOST_TEST((rules.readers_of({{"__name__", "bc"}}).groups == std::vector<uint32_t>{1}));
    BOOST_TEST(rules.readers_of({{"__name__", "c"}}).groups.empty());
}

BOOST_AUTO_TEST_CASE(twins_among_rules_and_groups_are_told_apart) {
    auto groups =
        parse_rule_file("groups: [{name: g, rules: [{alert: A, expr: a > 1}, {alert: A, expr: a > 2}]}]", "r").value();
    auto more = parse_rule_file("groups: [{name: g, rules: [{alert: A, expr: a > 3}]}]", "s").value();
    groups.push_back(std::move(more.at(0)));
    const RuleSet rules(std::move(groups));
    BOOST_TEST(rules.key_of_group(0) != rules.key_of_group(1));
    const auto& first = rules.groups()[0].rules;
    BOOST_TEST(first[0].key != first[1].key);
    BOOST_TEST(first[0].key != rules.groups()[1].rules[0].key);
    BOOST_TEST(rules.find(first[1].key) == &first[1]);
    BOOST_TEST(rules.find("nothing") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
