// Groups of rules over a store: when they are due, what becomes of an evaluation, and that a crash repeats it.
#include "controller/app/rule_groups.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/app/rule_status.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

using alerts::Phase;

const AgentId web_1{"web-1"};
const AgentId db{"db-1"};

constexpr std::string_view fleet_rules = R"(groups:
- name: fleet
  interval: 1m
  rules:
  - record: fleet:load:sum
    expr: sum(node_load1)
    labels: {source: rules}
  - record: host:load:max
    expr: max by (instance) (max_over_time(node_load1[5m]))
  - alert: FleetBusy
    expr: fleet:load:sum > 10
    annotations: {summary: 'load is {{ $value }}'}
  - alert: NoHeartbeat
    expr: absent(heartbeat)
- name: hosts
  rules:
  - alert: LoadHigh
    expr: node_load1 > 100
)";

struct RuledFleet : World {
    explicit RuledFleet(std::string_view rules = fleet_rules) : World(nullptr, rules) {}

    std::map<std::string, uint64_t> numbers;
    void load(const AgentId& host, double value) { report(host, ++numbers[host.value], "node_load1\n", {value}); }
    // From one evaluation to the next: the group rests.
    void rest(seconds time = 10s) { clock.advance(time); }

    std::map<std::string, Phase> phases() const {
        std::map<std::string, Phase> found;
        const auto all = alerts::list_alerts(memory).value();
        for (const auto& alert : all) {
            found[alert.name] = alert.state.phase;
        }
        return found;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(controller_rule_groups)

BOOST_AUTO_TEST_CASE(a_group_is_due_once_samples_came_that_it_reads_and_not_before_its_rest_is_over) {
    RuledFleet fleet;
    fleet.load(web_1, 4);
    BOOST_TEST(fleet.evaluate_rules() == 0u);  // hosts have a minute to come back
    fleet.rest(60s);
    fleet.load(web_1, 4);
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    fleet.load(db, 5);
    BOOST_TEST(fleet.evaluate_rules() == 0u);
    fleet.rest(5s);
    BOOST_TEST(fleet.evaluate_rules() == 0u);  // what came before is of the time that was evaluated
    fleet.load(db, 5);
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    fleet.report(web_1, ++fleet.numbers["web-1"], "other\n", {1});
    fleet.rest(30s);
    BOOST_TEST(fleet.evaluate_rules() == 0u);  // nothing that it reads
    fleet.rest(30s);
    BOOST_TEST(fleet.evaluate_rules() == 1u);  // its interval is over
}

BOOST_AUTO_TEST_CASE(the_time_of_an_evaluation_is_that_of_the_newest_sample_but_not_in_the_future) {
    RuledFleet fleet;
    fleet.rest(60s);
    const std::vector<uint32_t> group{0};
    const auto now = fleet.clock.wall();
    fleet.groups->arrived(group, now - 3s);
    fleet.groups->arrived(group, now - 4s);
    BOOST_TEST((fleet.groups->take_due()->at == now - 3s));
    BOOST_TEST(!fleet.groups->take_due().has_value());  // under way
    rules::GroupOutcome outcome{.group = 0, .at = now - 3s};
    fleet.groups->ended(outcome, true, {});
    fleet.rest();
    fleet.groups->arrived(group, now - 3s);  // late: nothing new
    BOOST_TEST(!fleet.groups->take_due().has_value());
    fleet.groups->arrived(group, fleet.clock.wall() + 1min);
    BOOST_TEST((fleet.groups->take_due()->at == fleet.clock.wall()));
}

BOOST_AUTO_TEST_CASE(a_group_that_takes_long_rests_long) {
    RuledFleet fleet;
    fleet.rest(60s);
    const std::vector<uint32_t> group{0};
    fleet.groups->arrived(group, fleet.clock.wall());
    const auto due = fleet.groups->take_due().value();
    fleet.groups->ended({.group = 0, .at = due.at, .took = 2s}, true, {});
    fleet.rest(39s);
    fleet.groups->arrived(group, fleet.clock.wall());
    BOOST_TEST(!fleet.groups->take_due().has_value());
    fleet.rest(1s);
    BOOST_TEST(fleet.groups->take_due().has_value());
}

// 20 times 10 s are more than its interval of a minute.
BOOST_AUTO_TEST_CASE(a_slow_group_rests_no_longer_than_its_interval) {
    RuledFleet fleet;
    fleet.rest(60s);
    const std::vector<uint32_t> group{0};
    fleet.groups->arrived(group, fleet.clock.wall());
    const auto due = fleet.groups->take_due().value();
    fleet.groups->ended({.group = 0, .at = due.at, .took = 10s}, true, {});
    fleet.rest(59s);
    fleet.groups->arrived(group, fleet.clock.wall());
    BOOST_TEST(!fleet.groups->take_due().has_value());
    fleet.rest(1s);
    BOOST_TEST(fleet.groups->take_due().has_value());
}

BOOST_AUTO_TEST_CASE(an_alert_over_hosts_pages_in_the_commit_of_its_group_s_cursor) {
    RuledFleet fleet;
    fleet.rest(60s);
    fleet.load(web_1, 4);
    fleet.load(db, 5);
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST(!fleet.phases().contains("FleetBusy"));
    BOOST_TEST((fleet.phases().at("NoHeartbeat") == Phase::firing));
    const auto wakes = fleet.wakes;
    fleet.rest();
    fleet.load(web_1, 8);
    const auto commits = fleet.memory.commits;
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST(fleet.memory.commits == commits + 1);
    BOOST_TEST((fleet.phases().at("FleetBusy") == Phase::firing));
    BOOST_TEST(fleet.wakes == wakes + 1);
    const auto alert = alerts::list_alerts(fleet.memory).value();
    const auto busy = std::find_if(alert.begin(), alert.end(), [](const auto& one) { return one.name == "FleetBusy"; });
    BOOST_TEST(busy->annotations.at("summary") == "load is 13");
    BOOST_TEST(alerts::host_of(*busy).empty());
    fleet.rest();
    fleet.load(web_1, 1);
    fleet.report(db, ++fleet.numbers["db-1"], "heartbeat\n", {1});
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST((fleet.phases().at("FleetBusy") == Phase::resolved));
    BOOST_TEST((fleet.phases().at("NoHeartbeat") == Phase::resolved));
}

BOOST_AUTO_TEST_CASE(silence_ends_no_alert) {
    RuledFleet fleet;
    fleet.rest(60s);
    fleet.load(web_1, 20);
    fleet.evaluate_rules();
    BOOST_TEST((fleet.phases().at("FleetBusy") == Phase::firing));
    fleet.rest(360s);
    BOOST_TEST(fleet.evaluate_rules() == 1u);  // its interval is over, and the samples are older than five minutes
    BOOST_TEST((fleet.phases().at("FleetBusy") == Phase::no_data));
    const auto pages = fleet.rows(Family::outbox);
    fleet.rest();
    fleet.load(web_1, 21);
    fleet.evaluate_rules();
    BOOST_TEST((fleet.phases().at("FleetBusy") == Phase::firing));
    BOOST_TEST(fleet.rows(Family::outbox) == pages);  // the same fire
}

BOOST_AUTO_TEST_CASE(recorded_series_are_stored_under_their_own_labels_and_end_when_they_vanish) {
    RuledFleet fleet;
    fleet.rest(60s);
    fleet.load(web_1, 4);
    fleet.load(db, 5);
    fleet.evaluate_rules();
    BOOST_TEST((fleet.query("fleet:load:sum") == Texts{"fleet:load:sum{source=\"rules\"} 9"}));
    BOOST_TEST((fleet.query("host:load:max") ==
                Texts{"host:load:max{instance=\"db-1\"} 5", "host:load:max{instance=\"web-1\"} 4"}));
    BOOST_TEST((fleet.query("node_load1{instance=\"web-1\"} + on () group_left () fleet:load:sum") ==
                Texts{"{instance=\"web-1\",job=\"node\"} 13"}));
    fleet.rest(200s);
    fleet.load(web_1, 6);
    fleet.evaluate_rules();
    fleet.rest(200s);
    fleet.load(web_1, 6);  // nothing of db for longer than five minutes
    fleet.evaluate_rules();
    BOOST_TEST((fleet.query("host:load:max") == Texts{"host:load:max{instance=\"web-1\"} 6"}));
    BOOST_TEST((fleet.query("count_over_time(fleet:load:sum[10m])") == Texts{"{source=\"rules\"} 3"}));
}

// The process dies between an evaluation and its commit: the next one evaluates again, and each page is there once.
BOOST_AUTO_TEST_CASE(an_evaluation_whose_commit_failed_is_repeated) {
    RuledFleet fleet;
    fleet.rest(60s);
    fleet.load(web_1, 20);
    fleet.memory.fail_commits_with = disk_full;
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST(fleet.rows(Family::outbox) == 0u);
    BOOST_TEST(fleet.query("fleet:load:sum").empty());
    fleet.memory.fail_commits_with.reset();
    fleet.rest();
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST(fleet.rows(Family::outbox) == 2u);
    BOOST_TEST(fleet.query("fleet:load:sum").size() == 1u);
    RuleGroups again(fleet.records->rules(), fleet.memory, fleet.clock);
    BOOST_REQUIRE(again.load());
    fleet.clock.advance(60s);
    const std::vector<uint32_t> group{0};
    again.arrived(group, fleet.clock.wall() - 70s);
    BOOST_TEST((again.take_due()->at == fleet.clock.wall()));  // the cursor is known: those samples were evaluated
}

BOOST_AUTO_TEST_CASE(a_rule_that_cannot_be_evaluated_is_an_event_and_moves_no_alert) {
    RuledFleet fleet(R"(groups:
- name: g
  rules:
  - alert: Ratio
    expr: sum by (instance) (used) / on (instance) size > 0.5
)");
    fleet.rest(60s);
    fleet.report(web_1, 1, "used\nsize\n", {9, 10});
    BOOST_TEST(fleet.evaluate_rules() == 0u);  // one host's samples are enough
    BOOST_TEST((fleet.phases().at("Ratio") == Phase::firing));
    fleet.rest();
    fleet.report(web_1, 2, "used\nsize{disk=\"a\"}\nsize{disk=\"b\"}\n", {9, 10, 10});
    BOOST_TEST((fleet.phases().at("Ratio") == Phase::firing));
    auto status = rule_status(*fleet.records, fleet.memory).value().at(0).rules.at(0);
    BOOST_TEST(status.vital.failure.find("many-to-many") != std::string::npos);
    BOOST_TEST(status.alerts.size() == 1u);
    const auto events = newest_events(fleet.memory, WallTime{}, fleet.clock.wall() + 1s, 10).value();
    BOOST_REQUIRE(events.size() == 1u);
    BOOST_TEST(events[0].kind == "rule");
    BOOST_TEST(events[0].message.starts_with("load.yaml:4: rule 'Ratio' cannot be evaluated for web-1: "));
    fleet.rest(360s);
    fleet.report(web_1, 3, "used\nsize\n", {1, 10});
    BOOST_TEST((fleet.phases().at("Ratio") == Phase::resolved));
    status = rule_status(*fleet.records, fleet.memory).value().at(0).rules.at(0);
    BOOST_TEST(status.vital.failure.empty());
    BOOST_TEST(newest_events(fleet.memory, WallTime{}, fleet.clock.wall() + 1s, 10).value().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_rule_over_the_limit_of_its_group_fails_and_says_so) {
    RuledFleet fleet("groups: [{name: g, limit: 1, rules: [{alert: A, expr: node_load1 > 1}]}]");
    fleet.rest(60s);
    fleet.load(web_1, 2);
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST((fleet.phases().at("A") == Phase::firing));
    fleet.load(db, 2);
    fleet.rest();
    fleet.load(web_1, 0);
    fleet.load(db, 2);
    fleet.report(AgentId{"db-2"}, 1, "node_load1\n", {2});
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    const auto rows = fleet.ask("rules.list").value();
    BOOST_TEST(rows.at(0).at("health") == "failing");
    BOOST_TEST(rows.at(0).at("failure") == "it has 2 alerts, more than the group's limit of 1");
    BOOST_TEST(rows.at(0).at("firing") == 1);
    BOOST_TEST(rows.at(0).at("judged") == "by its group");
}

BOOST_AUTO_TEST_CASE(what_a_group_records_wakes_the_groups_that_read_it) {
    RuledFleet fleet(R"(groups:
- name: first
  interval: 10m
  rules: [{record: 'a:sum', expr: sum(node_load1), labels: {team: infra}}]
- name: second
  interval: 10m
  rules: [{alert: B, expr: 'a:sum{team="infra"} > 1'}]
- name: third
  interval: 10m
  rules: [{alert: C, expr: 'sum(b:sum) > 1'}]
)");
    fleet.rest(60s);
    fleet.load(web_1, 2);
    BOOST_TEST(fleet.evaluate_rules() == 2u);
    BOOST_TEST((fleet.phases().at("B") == Phase::firing));
}

// Its samples are still stored, and read.
BOOST_AUTO_TEST_CASE(the_alerts_of_a_host_that_is_removed_do_not_begin_again) {
    RuledFleet fleet(R"(groups:
- name: g
  rules: [{alert: Peak, expr: 'max by (instance) (max_over_time(node_load1[5m])) > 3'}]
)");
    fleet.connect(web_1);
    fleet.connect(db);
    fleet.rest(60s);
    fleet.load(web_1, 4);
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST((fleet.phases().at("Peak") == Phase::firing));
    fleet.watch->host_removed(web_1);
    fleet.settle();
    BOOST_TEST((fleet.phases().at("Peak") == Phase::resolved));
    const auto pages = fleet.rows(Family::outbox);
    fleet.rest();
    fleet.load(db, 1);
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST((fleet.phases().at("Peak") == Phase::resolved));
    BOOST_TEST(fleet.rows(Family::outbox) == pages);
    fleet.rest();
    fleet.load(db, 5);  // another host's alert begins
    BOOST_TEST(fleet.evaluate_rules() == 1u);
    BOOST_TEST(fleet.rows(Family::outbox) == pages + 1);
}

BOOST_AUTO_TEST_CASE(a_rule_that_records_too_many_series_fails_and_the_others_go_on) {
    RuledFleet fleet(
        "groups: [{name: g, rules: [{record: 'a:sum', expr: sum(node_load1)}, {alert: A, expr: "
        "'sum(node_load1) > 1'}]}]");
    const auto& group = fleet.records->rules().groups()[0];
    rules::GroupOutcome outcome{.group = 0, .at = fleet.clock.wall()};
    rules::RuleOutcome& recorded = outcome.rules.emplace_back(rules::RuleOutcome{.rule = &group.rules[0]});
    for (int i = 0; i <= 100'000; ++i) {
        recorded.recorded.push_back({{{"__name__", "a:sum"}, {"x", std::to_string(i)}}, 1});
    }
    outcome.rules.push_back(
        {.rule = &group.rules[1], .verdicts = {.rule = &group.rules[1], .verdicts = {{{}, 2, true}}}});
    StoreBatch batch;
    BOOST_TEST(fleet.records->on_group(outcome, batch).value() == 1u);
    BOOST_TEST(fleet.records->vitals().of(group.rules[0]).failure.find("100000") != std::string::npos);
    BOOST_REQUIRE(fleet.memory.commit(batch));
    BOOST_TEST(fleet.rows(Family::series) == 2u);  // of the alert: ALERTS and ALERTS_FOR_STATE
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
