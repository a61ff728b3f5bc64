// `up` of hosts: what the controller knew of them when, for rules and dashboards that know Prometheus's.
#include "controller/app/host_series.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

using Texts = std::vector<std::string>;

const AgentId web_1{"web-1"};
const AgentId db_1{"db-1"};

constexpr std::string_view rule_text = R"(groups:
- name: hosts
  rules:
  - alert: InstanceDown
    expr: up == 0
)";

struct Hosts : World {
    Hosts() : World(nullptr, rule_text) { watch->start(); }

    size_t alerts() const {
        const auto all = alerts::list_alerts(memory).value();
        return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const auto& one) {
            return one.name == "InstanceDown" && one.state.phase == alerts::Phase::firing;
        }));
    }
    // Heartbeats of 10 s: a host is silent after three.
    void hear_for(const AgentId& host, seconds time) {
        for (auto left = time; left > 0s; left -= 5s) {
            watch->heard(host, clock.mono());
            tick_after(5s);
            evaluate_rules();
        }
    }
    void pass(seconds time) {
        for (auto left = time; left > 0s; left -= 4s) {  // shorter than what counts as a standstill
            tick_after(4s);
            evaluate_rules();
        }
    }
};

BOOST_FIXTURE_TEST_SUITE(host_series, Hosts)

BOOST_AUTO_TEST_CASE(a_host_that_was_never_heard_has_no_series) {
    watch->enrolled(web_1);
    settle();
    tick_after(4s);
    BOOST_TEST(query("up").empty());
}

BOOST_AUTO_TEST_CASE(a_host_is_1_while_it_is_heard_and_0_while_it_is_silent) {
    connect(web_1);
    tick_after(1s);
    BOOST_TEST((query("up") == Texts{R"(up{instance="web-1",job="node"} 1)"}));
    pass(40s);  // silent after 30 s
    BOOST_TEST((query("up") == Texts{R"(up{instance="web-1",job="node"} 0)"}));
    pass(600s);
    BOOST_TEST((query("up") == Texts{R"(up{instance="web-1",job="node"} 0)"}));
    connect(web_1);
    tick_after(1s);
    BOOST_TEST((query("up") == Texts{R"(up{instance="web-1",job="node"} 1)"}));
    BOOST_TEST((query("min_over_time(up[10m])") == Texts{R"({instance="web-1",job="node"} 0)"}));
}

BOOST_AUTO_TEST_CASE(the_usual_rule_fires_for_a_silent_host_and_ends_when_it_is_back) {
    connect(web_1);
    connect(db_1);
    hear_for(web_1, 70s);  // groups wait a minute after a start
    watch->heard(db_1, clock.mono());
    hear_for(db_1, 70s);
    BOOST_TEST(alerts() == 1u);
    BOOST_TEST((query("ALERTS{alertname=\"InstanceDown\"}") ==
                Texts{R"(ALERTS{alertname="InstanceDown",alertstate="firing",instance="web-1",job="node"} 1)"}));
    connect(web_1);
    hear_for(db_1, 10s);
    BOOST_TEST(alerts() == 0u);
}

BOOST_AUTO_TEST_CASE(the_clock_of_a_host_that_is_up_is_beside_it) {
    connect(web_1);
    for (size_t i = 0; i < clock_readings_kept; ++i) {
        watch->clock_told(web_1, 90s);
    }
    settle();
    tick_after(1s);
    BOOST_TEST((query("vigie_host_clock_skew_seconds") ==
                Texts{R"(vigie_host_clock_skew_seconds{instance="web-1",job="node"} 90)"}));
    pass(60s);
    BOOST_TEST(query("vigie_host_clock_skew_seconds").empty());
}

BOOST_AUTO_TEST_CASE(a_row_a_minute_is_written_while_nothing_changes) {
    connect(web_1);
    tick_after(1s);
    const auto before = rows(Family::head);
    hear_for(web_1, 300s);
    BOOST_TEST(rows(Family::head) == before + 5);
}

BOOST_AUTO_TEST_CASE(the_series_of_a_host_that_is_removed_ends) {
    connect(web_1);
    tick_after(1s);
    BOOST_TEST(query("up").size() == 1u);
    watch->host_removed(web_1);
    settle();
    tick_after(1s);
    BOOST_TEST(query("up").empty());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_stored_is_written_again) {
    connect(web_1);
    memory.fail_commits_with = disk_full;
    tick_after(1s);
    memory.fail_commits_with.reset();
    BOOST_TEST(query("up").empty());
    tick_after(1s);
    BOOST_TEST(query("up").size() == 1u);
}

BOOST_AUTO_TEST_CASE(many_hosts_are_written_over_several_ticks) {
    std::vector<HostUp> up;
    for (size_t i = 0; i < 2 * host_series_rows_max + 1; ++i) {
        up.push_back({AgentId{fmt::format("web-{}", i)}, true});
    }
    HostSeries series(records->ingest());
    std::vector<size_t> written;
    for (int tick = 0; tick < 4; ++tick) {
        StoreBatch batch;
        series.refresh(up, clock.wall(), batch);
        const auto& changes = batch.changes();
        written.push_back(static_cast<size_t>(std::count_if(
            changes.begin(), changes.end(), [](const auto& change) { return change.family == Family::head; })));
    }
    BOOST_TEST((written == std::vector<size_t>{host_series_rows_max, host_series_rows_max, 1, 0}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller
