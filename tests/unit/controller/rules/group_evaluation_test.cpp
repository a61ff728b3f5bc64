#include "controller/rules/group_evaluation.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/query/memory_source.hpp"
#include "controller/rules/overlay_source.hpp"
#include "controller/rules/rule_file.hpp"
#include "controller/rules/vitals.hpp"

namespace vigie::controller::rules {
namespace {

const WallTime now = wall_from_unix_ms(1'800'000'000'000);

// Passes on what one source for all holds.
class Shared final : public query::SeriesSource {
  public:
    explicit Shared(query::SeriesSource& all) : all_(all) {}
    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override {
        return all_.select(selection);
    }

  private:
    query::SeriesSource& all_;
};

GroupOutcome evaluated(std::string_view text, query::MemorySource& source, bool has_alerts = true) {
    static const TemplateWorld templates;
    const RuleSet rules(parse_rule_file(text, "r.yml").value());
    auto outcome = evaluate_group(rules, 0, now,
                                  {.source_of = [&](const auto&) { return std::make_unique<Shared>(source); },
                                   .may_have_alerts = [has_alerts](const Rule&) { return has_alerts; },
                                   .templates = templates});
    for (auto& one : outcome.rules) {
        one.rule = nullptr;  // of rules that are gone
    }
    return outcome;
}

query::MemorySource loads() {
    query::MemorySource source;
    const std::vector<int64_t> times{unix_ms(now) - 60'000, unix_ms(now) - 1'000};
    source.add({{"__name__", "load"}, {"instance", "a"}}, times, {1, 2});
    source.add({{"__name__", "load"}, {"instance", "b"}}, times, {3, 4});
    source.add({{"__name__", "load:sum"}}, {times[0]}, {4});
    return source;
}

BOOST_AUTO_TEST_SUITE(group_evaluation)

BOOST_AUTO_TEST_CASE(rules_see_what_the_ones_before_them_recorded) {
    auto source = loads();
    const auto outcome = evaluated(R"(groups:
- name: g
  rules:
  - {record: 'load:sum', expr: sum(load)}
  - {record: 'load:twice', expr: '2 * max_over_time(load:sum[5m])'}
  - {alert: Sum, expr: 'load:sum > 5'}
  - {alert: Twice, expr: 'load:twice > 50'}
  - {record: samples, expr: 'count_over_time(load:sum[5m])'}
)",
                                   source);
    BOOST_REQUIRE(outcome.rules.size() == 5U);
    BOOST_TEST(outcome.rules[0].recorded.at(0).value == 6);
    BOOST_TEST(outcome.rules[1].recorded.at(0).value == 12);
    BOOST_TEST(outcome.rules[2].verdicts.verdicts.at(0).is_true);
    BOOST_TEST(!outcome.rules[3].verdicts.verdicts.at(0).is_true);
    BOOST_TEST(outcome.rules[4].recorded.at(0).value == 2);
}

BOOST_AUTO_TEST_CASE(a_rule_that_fails_leaves_the_others_alone) {
    auto source = loads();
    const auto outcome = evaluated(R"(groups:
- name: g
  limit: 1
  rules:
  - {alert: TwoMany, expr: 'load > 0'}
  - {record: copy, expr: load}
  - {record: same, expr: load, labels: {instance: x}}
  - {alert: Same, expr: 'load > 0', labels: {instance: x}}
  - {record: one, expr: sum(load)}
)",
                                   source);
    BOOST_TEST(outcome.rules[0].failure == "it has 2 alerts, more than the group's limit of 1");
    BOOST_TEST(outcome.rules[0].verdicts.verdicts.empty());
    BOOST_TEST(outcome.rules[1].failure == "it makes 2 series, more than the group's limit of 1");
    BOOST_TEST(outcome.rules[2].failure == "several series have the same labels once the rule's labels are set");
    BOOST_TEST(outcome.rules[3].failure == "several alerts have the same labels once the rule's labels are set");
    BOOST_TEST(outcome.rules[4].failure.empty());
    BOOST_TEST(outcome.rules[4].recorded.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_rule_is_true_for_is_counted_when_its_presence_fails_too) {
    auto source = loads();
    source.add({{"__name__", "role"}, {"instance", "a"}, {"role", "x"}}, {unix_ms(now)}, {1});
    source.add({{"__name__", "role"}, {"instance", "a"}, {"role", "y"}}, {unix_ms(now)}, {0});
    const auto outcome = evaluated(R"(groups:
- name: g
  rules:
  - alert: A
    expr: sum by (instance) (max_over_time(load[5m])) * on (instance) group_left (role) (role == 1)
  - alert: Names
    expr: '{__name__=~"load|load2"} > 0'
)",
                                   source);
    BOOST_TEST(outcome.rules[0].verdicts.verdicts.size() == 1U);
    BOOST_TEST(outcome.rules[0].failure.starts_with("what it is false for cannot be told"));
    BOOST_TEST(outcome.rules[1].failure.empty());
    source.add({{"__name__", "load2"}, {"instance", "a"}}, {unix_ms(now)}, {1});
    const auto two = evaluated("groups: [{name: g, rules: [{alert: A, expr: '{__name__=~\"load.*\"} > 0'}]}]", source);
    BOOST_TEST(two.rules[0].failure == "the result has several series with the same labels but for the name");
}

BOOST_AUTO_TEST_CASE(what_an_alert_is_false_for_is_only_asked_when_somebody_wants_to_know) {
    auto source = loads();
    const auto* text = "groups: [{name: g, rules: [{alert: A, expr: 'sum by (instance) (rate(load[5m])) > 100'}]}]";
    BOOST_TEST(evaluated(text, source, false).rules[0].verdicts.verdicts.empty());
    BOOST_TEST(evaluated(text, source, true).rules[0].verdicts.verdicts.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_overlay_adds_to_series_and_replaces_what_has_its_time) {
    auto source = loads();
    Overlay overlay(unix_ms(now) - 1'000);
    overlay.add({{"__name__", "load"}, {"instance", "a"}}, 7);
    overlay.add({{"__name__", "load"}, {"instance", "c"}}, 8);
    OverlaySource over(source, overlay);
    const auto expression = query::Expression::parse("sum(load)").value();
    BOOST_TEST(query::evaluate_at(expression, over, now)->series.at(0).samples.at(0).value == 7 + 4 + 8);
    BOOST_TEST(query::evaluate_at(expression, over, now - 30s)->series.at(0).samples.at(0).value == 1 + 3);
}

BOOST_AUTO_TEST_CASE(a_rule_that_fails_for_one_host_counts_as_failing_for_a_while) {
    const auto groups = parse_rule_file("groups: [{name: g, rules: [{alert: A, expr: a > 1}]}]", "r.yml").value();
    const auto& rule = groups[0].rules[0];
    RuleVitals vitals;
    BOOST_TEST(!vitals.of(rule).evaluated_at.has_value());
    BOOST_TEST(vitals.note(rule, true, now, nanoseconds{0}, "") == 0);
    BOOST_TEST(vitals.note(rule, true, now + 1s, nanoseconds{0}, "why") == 1);
    BOOST_TEST(vitals.note(rule, true, now + 2s, nanoseconds{0}, "") == 0);
    BOOST_TEST(vitals.of(rule).failure == "why");
    BOOST_TEST(vitals.note(rule, true, now + 3s + failure_kept_for, nanoseconds{0}, "") == -1);
    BOOST_TEST(vitals.of(rule).failure.empty());
    BOOST_TEST(vitals.note(rule, false, now + 20min, nanoseconds{5}, "why") == 1);
    BOOST_TEST(vitals.note(rule, false, now + 21min, nanoseconds{5}, "") == -1);
    BOOST_TEST((vitals.of(rule).took == nanoseconds{5}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
