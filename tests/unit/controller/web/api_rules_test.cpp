// The form is that of Prometheus 2.42's /api/v1/rules and /api/v1/alerts (querying/api/#rules).
#include "tests/unit/controller/web/api_world.hpp"

using namespace vigie;
using namespace vigie::controller::web;

namespace {

struct Ruled : tests::ApiWorld {
    Ruled() {
        rules = [this]() -> Result<RulesView> { return view; };
        AlertView firing{.labels = {{"alertname", "LoadHigh"}, {"instance", "web-1"}},
                         .annotations = {{"summary", "high"}},
                         .is_firing = true,
                         .active_at = wall_from_unix_ms(1'700'000'000'000),
                         .value = 12.5};
        view.groups.push_back({.name = "load", .file = "/etc/load.yaml", .interval = 60s, .limit = 0});
        view.groups[0].rules.push_back({.name = "LoadHigh",
                                        .query = "node_load1 > 4",
                                        .hold = 5min,
                                        .labels = {{"severity", "page"}},
                                        .annotations = {{"summary", "{{ $value }}"}},
                                        .alerts = {firing},
                                        .evaluated_at = wall_from_unix_ms(1'700'000'000'000),
                                        .took = 1ms});
        view.groups[0].rules.push_back(
            {.is_alerting = false, .name = "load:sum", .query = "sum(node_load1)", .failure = "no"});
        view.others.push_back({.labels = {{"alertname", "HostSilent"}}, .value = 1});
    }
    RulesView view;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_rules, Ruled)

BOOST_AUTO_TEST_CASE(groups_hold_rules_of_both_kinds) {
    const auto groups = data(&PrometheusApi::rules, "")["groups"];
    BOOST_REQUIRE(groups.size() == 1u);
    BOOST_TEST(groups[0]["name"] == "load");
    BOOST_TEST(groups[0]["interval"] == 60);
    BOOST_TEST(groups[0]["lastEvaluation"] == "2023-11-14T22:13:20.000Z");
    const auto alerting = groups[0]["rules"][0];
    BOOST_TEST(alerting["type"] == "alerting");
    BOOST_TEST(alerting["state"] == "firing");
    BOOST_TEST(alerting["duration"] == 300);
    BOOST_TEST(alerting["health"] == "ok");
    BOOST_TEST(alerting["evaluationTime"] == 0.001);
    BOOST_TEST(alerting["alerts"][0].dump() ==
               R"({"activeAt":"2023-11-14T22:13:20.000Z","annotations":{"summary":"high"},)"
               R"("labels":{"alertname":"LoadHigh","instance":"web-1"},"state":"firing","value":"1.25e+01"})");
    BOOST_TEST(groups[0]["rules"][1].dump() ==
               R"({"evaluationTime":0,"health":"err","lastError":"no","lastEvaluation":"0001-01-01T00:00:00Z",)"
               R"x("name":"load:sum","query":"sum(node_load1)","type":"recording"})x");
}

BOOST_AUTO_TEST_CASE(an_alert_that_is_only_kept_firing_says_since_when) {
    view.groups[0].rules[0].alerts[0].kept_firing_since = wall_from_unix_ms(1'700'000'060'000);
    BOOST_TEST(data(&PrometheusApi::rules, "")["groups"][0]["rules"][0]["alerts"][0]["keepFiringSince"] ==
               "2023-11-14T22:14:20.000Z");
}

BOOST_AUTO_TEST_CASE(a_kind_may_be_chosen) {
    BOOST_TEST(data(&PrometheusApi::rules, "type=alert")["groups"][0]["rules"].size() == 1u);
    BOOST_TEST(data(&PrometheusApi::rules, "type=Record")["groups"][0]["rules"][0]["name"] == "load:sum");
    BOOST_TEST(problem(&PrometheusApi::rules, "type=x") ==
               "400 bad_data: invalid parameter \"type\": not supported value \"x\"");
}

BOOST_AUTO_TEST_CASE(alerts_are_those_of_rules_and_our_own) {
    const auto alerts = data(&PrometheusApi::alerts, "")["alerts"];
    BOOST_REQUIRE(alerts.size() == 2u);
    BOOST_TEST(alerts[1]["labels"]["alertname"] == "HostSilent");
    BOOST_TEST(alerts[1]["state"] == "pending");
    BOOST_TEST(alerts[1]["value"] == "1e+00");
}

BOOST_AUTO_TEST_CASE(a_state_follows_from_the_alerts) {
    view.groups[0].rules[0].alerts[0].is_firing = false;
    BOOST_TEST(data(&PrometheusApi::rules, "")["groups"][0]["rules"][0]["state"] == "pending");
    view.groups[0].rules[0].alerts.clear();
    BOOST_TEST(data(&PrometheusApi::rules, "")["groups"][0]["rules"][0]["state"] == "inactive");
}

BOOST_AUTO_TEST_CASE(without_rules_there_are_no_groups_and_a_failure_is_told) {
    rules = {};
    BOOST_TEST(data(&PrometheusApi::rules, "").dump() == R"({"groups":[]})");
    BOOST_TEST(data(&PrometheusApi::alerts, "").dump() == R"({"alerts":[]})");
    rules = []() -> Result<RulesView> { return fail(ErrorCode::corrupt, "store: damaged"); };
    BOOST_TEST(problem(&PrometheusApi::rules, "") == "500 internal: store: damaged");
}

BOOST_AUTO_TEST_SUITE_END()
