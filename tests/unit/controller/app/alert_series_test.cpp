// ALERTS and ALERTS_FOR_STATE: stored with what moved the alert, ended with it, and read by other rules.
#include "controller/app/alert_series.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

using alerts::Phase;
using Texts = std::vector<std::string>;

const AgentId web_1{"web-1"};
const AgentId db{"db-1"};

constexpr std::string_view rule_text = R"(groups:
- name: hosts
  rules:
  - alert: LoadHigh
    expr: node_load1 > 4
    labels: {severity: page}
  - alert: Swapping
    expr: swap > 0
    for: 1m
- name: over
  interval: 10m
  rules:
  - alert: Several
    expr: count(ALERTS{alertname="LoadHigh",alertstate="firing"}) > 1
  - alert: Watched
    expr: ALERTS{alertname="LoadHigh",alertstate="firing"}
  - alert: Both
    expr: max by (instance) (node_load1) > 2 and on (instance) ALERTS{alertname="Swapping"}
)";

struct Alerting : World {
    Alerting() : World(nullptr, rule_text) {}

    std::map<std::string, uint64_t> numbers;
    void load(const AgentId& host, double value) { report(host, ++numbers[host.value], "node_load1\n", {value}); }
    void swap(const AgentId& host, double value) { report(host, ++numbers[host.value], "swap\n", {value}); }
    std::optional<Phase> phase(std::string_view name) const {
        const auto all = alerts::list_alerts(memory).value();
        const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
        return found == all.end() ? std::nullopt : std::optional(found->state.phase);
    }
    int64_t now_s() const { return unix_ms(clock.wall()) / 1000; }
};

// The controller over the same store after a restart.
struct Restarted {
    Alerting& world;
    std::unique_ptr<Records> records;
    SamplePath path{*records, world.commits, world};

    explicit Restarted(Alerting& before, RecordedCaps caps = {}) : world(before), records(open(before, caps)) {}
    static std::unique_ptr<Records> open(Alerting& world, RecordedCaps caps) {
        RecordsOptions options;
        options.rules = rules::RuleSet(rules::parse_rule_file(rule_text, "load.yaml").value());
        options.recorded = caps;
        return Records::open(world.memory, world.clock, world.random, std::move(options)).value();
    }
    void report(const std::string& schema, std::vector<double> values) {
        world.clock.advance(10s);
        const auto entry = protocol::encode_entry(protocol::SampleBatch{
            .sampled_at_unix_ms = unix_ms(world.clock.wall()), .schema = schema, .values = std::move(values)});
        BOOST_REQUIRE(path.offer(web_1, protocol::Stream::metrics, 1, ++world.numbers["web-1"], entry));
        world.settle();
    }
};

const std::string load_of_web =
    R"(alertname="LoadHigh",alertstate="firing",instance="web-1",job="node",severity="page")";

BOOST_FIXTURE_TEST_SUITE(alert_series, Alerting)

BOOST_AUTO_TEST_CASE(an_alert_has_its_series_in_the_commit_that_made_it_fire_and_they_end_in_the_one_that_resolves_it) {
    load(web_1, 1);
    BOOST_TEST(rows(Family::head) == 1U);  // nothing of a rule without alerts
    BOOST_TEST(rows(Family::series) == 1U);
    clock.advance(10s);
    const auto stored = memory.commits;
    const auto since = now_s();
    load(web_1, 5);
    BOOST_TEST(memory.commits == stored + 1);
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
    const auto for_state = fmt::format(
        R"(ALERTS_FOR_STATE{{alertname="LoadHigh",instance="web-1",job="node",severity="page"}} {})", since);
    BOOST_TEST((query("ALERTS_FOR_STATE") == Texts{for_state}));
    clock.advance(10s);
    load(web_1, 6);
    BOOST_TEST((query("ALERTS_FOR_STATE") == Texts{for_state}));
    clock.advance(10s);
    load(web_1, 1);
    BOOST_TEST(query("{__name__=~\"ALERTS.*\"}").empty());
    BOOST_TEST((query("count_over_time(ALERTS[1m])") == Texts{"{" + load_of_web + "} 2"}));
    const auto heads = rows(Family::head);
    clock.advance(10s);
    load(web_1, 1);
    BOOST_TEST(rows(Family::head) == heads + 1);
}

BOOST_AUTO_TEST_CASE(a_change_of_state_ends_the_series_of_the_state_before) {
    const auto since = now_s();
    swap(web_1, 1);
    BOOST_TEST((query("count by (alertname, alertstate) (ALERTS)") ==
                Texts{"{alertname=\"Swapping\",alertstate=\"pending\"} 1"}));
    clock.advance(60s);
    swap(web_1, 1);
    BOOST_TEST((query("count by (alertname, alertstate) (ALERTS)") ==
                Texts{"{alertname=\"Swapping\",alertstate=\"firing\"} 1"}));
    BOOST_TEST(
        (query("max by (alertname) (ALERTS_FOR_STATE)") == Texts{fmt::format("{{alertname=\"Swapping\"}} {}", since)}));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_stored_leaves_no_series_and_comes_with_the_report_again) {
    memory.fail_commits_with = disk_full;
    load(web_1, 5);
    memory.fail_commits_with.reset();
    BOOST_TEST(query("ALERTS").empty());
    --numbers["web-1"];
    load(web_1, 5);
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
}

// A query looks back five minutes; the alert is open for as long as nobody knows better.
BOOST_AUTO_TEST_CASE(the_alerts_of_a_silent_host_keep_their_series) {
    connect(web_1);
    load(web_1, 5);
    for (int i = 0; i < 80; ++i) {
        tick_after(5s);
    }
    BOOST_TEST((phase("LoadHigh") == Phase::no_data));
    BOOST_TEST((query("ALERTS") ==
                Texts{R"(ALERTS{alertname="HostSilent",alertstate="firing",instance="web-1",severity="critical"} 1)",
                      "ALERTS{" + load_of_web + "} 1"}));
    // Rows at 0 s, at 40 s when it was silent (the watch began at 5 s), and when a look each ten seconds finds the last
    // one a minute old: 105, 165, 225, 285 and 345 s.
    const Texts written{"{" + load_of_web + "} 7"};
    BOOST_TEST(query("count_over_time(ALERTS{alertname=\"LoadHigh\"}[10m])") == written,
               boost::test_tools::per_element());
    watch->heard(web_1, clock.mono());
    settle();
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
}

// What it says was so before is not written into the past: its alert fired until it was known to be over.
BOOST_AUTO_TEST_CASE(a_host_that_brings_old_samples_changes_no_row_of_the_past) {
    connect(web_1);
    load(web_1, 5);
    const auto began = clock.wall();
    for (int i = 0; i < 24; ++i) {
        tick_after(5s);
    }
    const auto offer_old = [&](seconds after, double value) {
        const auto entry = protocol::encode_entry(protocol::SampleBatch{
            .sampled_at_unix_ms = unix_ms(began + after), .schema = "node_load1\n", .values = {value}});
        BOOST_REQUIRE(path->offer(web_1, protocol::Stream::metrics, 1, ++numbers["web-1"], entry));
        settle();
    };
    const auto before = query("count_over_time(ALERTS{alertname=\"LoadHigh\"}[10m])");
    offer_old(10s, 6);
    BOOST_TEST((query("count_over_time(ALERTS{alertname=\"LoadHigh\"}[10m])") == before));
    offer_old(20s, 1);
    BOOST_TEST((phase("LoadHigh") == Phase::resolved));
    BOOST_TEST(query("ALERTS{alertname=\"LoadHigh\"}").empty());
    BOOST_TEST((query("count_over_time(ALERTS{alertname=\"LoadHigh\"}[10m] offset 60s)").size() == 1U));
}

BOOST_AUTO_TEST_CASE(rules_that_read_alerts_are_judged_by_their_group_soon_after_a_change_and_end_with_the_alerts) {
    const auto& over = records->rules().groups()[1];
    for (const auto& rule : over.rules) {
        BOOST_TEST(!records->rules().is_judged_at_once(rule));
    }
    clock.advance(60s);
    load(web_1, 5);
    load(db, 5);
    BOOST_TEST(evaluate_rules() == 1U);
    BOOST_TEST((phase("Several") == Phase::firing));
    BOOST_TEST((phase("Watched") == Phase::firing));
    clock.advance(10s);
    load(db, 1);
    BOOST_TEST(evaluate_rules() == 1U);
    BOOST_TEST((phase("Several") == Phase::resolved));  // one is not above 1
    clock.advance(10s);
    load(web_1, 1);
    BOOST_TEST(evaluate_rules() == 1U);
    BOOST_TEST((phase("Watched") == Phase::resolved));  // no series at all is no gap
    const auto all = alerts::list_alerts(memory).value();
    BOOST_TEST(std::all_of(all.begin(), all.end(), [](const auto& one) { return one.state.phase == Phase::resolved; }));
}

BOOST_AUTO_TEST_CASE(beside_alerts_a_gap_of_other_series_ends_nothing) {
    clock.advance(60s);
    report(web_1, ++numbers["web-1"], "swap\nnode_load1\n", {1, 3});
    clock.advance(10s);
    report(web_1, ++numbers["web-1"], "swap\nnode_load1\n", {1, 3});
    evaluate_rules();
    BOOST_TEST((phase("Both") == Phase::firing));
    for (int i = 0; i < 40; ++i) {
        clock.advance(10s);
        swap(web_1, 1);  // no load for longer than five minutes
    }
    evaluate_rules();
    BOOST_TEST((phase("Both") == Phase::no_data));
    clock.advance(10s);
    report(web_1, ++numbers["web-1"], "swap\nnode_load1\n", {0, 3});
    evaluate_rules();
    BOOST_TEST((phase("Both") == Phase::resolved));
}

BOOST_AUTO_TEST_CASE(after_a_restart_an_alert_that_ends_ends_its_series_and_keeps_their_numbers) {
    load(web_1, 5);
    const auto series = rows(Family::series);
    Restarted again(*this);
    again.report("node_load1\n", {6});
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
    BOOST_TEST(rows(Family::series) == series);
    again.report("node_load1\n", {1});
    BOOST_TEST(query("ALERTS").empty());
}

// The two series of LoadHigh are all that there is room for.
BOOST_AUTO_TEST_CASE(an_alert_over_the_cap_has_no_series_and_those_of_its_host_go_on_and_end) {
    load(web_1, 5);
    Restarted capped(*this, {.in_all = 2});
    for (int i = 0; i < 3; ++i) {
        capped.report("node_load1\nswap\n", {6, 1});
    }
    BOOST_TEST((phase("Swapping") == Phase::pending));
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
    BOOST_TEST((query("count_over_time(ALERTS[1m])") == Texts{"{" + load_of_web + "} 4"}));
    BOOST_TEST(rows(Family::events) == 1U);
    capped.report("node_load1\nswap\n", {1, 1});
    BOOST_TEST((phase("LoadHigh") == Phase::resolved));
    BOOST_TEST(query("ALERTS").empty());
}

BOOST_AUTO_TEST_CASE(when_the_clock_was_set_back_a_host_s_next_report_writes_the_series_of_the_time_it_is_now) {
    load(web_1, 5);
    clock.jump_wall(-1h);
    BOOST_TEST(query("ALERTS").empty());
    load(web_1, 6);
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
    clock.advance(10s);
    load(web_1, 6);
    BOOST_TEST((query("count_over_time(ALERTS[1m])") == Texts{"{" + load_of_web + "} 2"}));
}

BOOST_AUTO_TEST_CASE(when_the_clock_was_set_back_the_alerts_of_a_host_that_says_nothing_are_written_too) {
    load(web_1, 5);
    clock.jump_wall(-1h);
    tick_after(10s);
    BOOST_TEST((query("ALERTS") == Texts{"ALERTS{" + load_of_web + "} 1"}));
    // And then each minute.
    for (int i = 0; i < 6; ++i) {
        tick_after(10s);
    }
    BOOST_TEST((query("count_over_time(ALERTS[2m])") == Texts{"{" + load_of_web + "} 2"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller
