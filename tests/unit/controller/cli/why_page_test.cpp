#include "controller/cli/why_page.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller {
namespace {

Json story() {
    return Json::parse(R"({
"id": "00000000000000aa11", "short_id": "00000000", "alertname": "LoadHigh", "host": "web-1", "state": "firing",
"is_flapping": false, "labels": {"alertname": "LoadHigh"}, "expression": "node_load1 > 4",
"rule": {"file": "r.yml", "line": 4, "group": "load", "judged": "at once", "for": "5m", "clear": "node_load1 < 2"},
"transitions": [{"at": "2026-11-27T12:00:10Z", "from": "pending", "to": "firing", "value": 5, "cause": "sample",
  "cursor": {"stream": "00ff", "entry": 42, "sampled_at": "2026-11-27T12:00:10Z"},
  "samples": [{"selector": "node_load1", "problem": "", "left_out": 2,
    "series": [{"labels": {"instance": "web-1"}, "points": [[1795780800000, 1.5], [1795780810000, null]]}]},
    {"selector": "other", "problem": "too many", "left_out": 0, "series": []}],
  "routes": [{"receiver": "team", "route": "{}", "at": "2026-11-27T12:00:40Z", "held": []},
    {"receiver": "night", "route": "{}/{a=\"b\"}", "at": "x", "held": [{"why": "muted"}, {"why": "silenced\u001b[2J"}]}]}],
"deliveries": [{"at": "2026-11-27T12:00:40Z", "receiver": "team/0", "told": "firing", "outcome": "retried", "status": null,
  "took_ms": 12, "alerts": 1, "problem": "refused"}],
"owed": 1, "damaged": ["a row"],
"before": {"host": "web-1", "to": "2026-11-27T12:00:00Z",
  "changes": [{"seconds_before": 19, "at": "2026-11-27T11:59:41Z", "kind": "job", "message": "job etc: succeeded"}]}
})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(why_page)

BOOST_AUTO_TEST_CASE(tells_what_happened_who_was_told_and_what_came_before) {
    // 1795780800 is 2026-11-27T12:00:00Z: 20,784 days and 12 hours.
    static_assert(20'784 * 86'400LL + 12 * 3'600 == 1'795'780'800);
    const std::string wanted =
        "alert       LoadHigh\n"
        "id          00000000\n"
        "host        web-1\n"
        "state       firing\n"
        "labels      alertname=LoadHigh\n"
        "expression  node_load1 > 4\n"
        "rule        r.yml:4, group load, judged at once, for 5m, clears when node_load1 < 2\n"
        "\n"
        "what happened\n"
        "2026-11-27T12:00:10Z  pending -> firing, value 5: sample, entry 42\n"
        "  node_load1\n"
        "    instance=web-1\n"
        "      12:00:00Z 1.5  12:00:10Z NaN\n"
        "    and 2 more series\n"
        "  other: too many\n"
        "  to team by {}: to be told at 2026-11-27T12:00:40Z\n"
        "  to night by {}/{a=\"b\"}: held back: muted; silenced\\x1b[2J\n"
        "\n"
        "attempts to tell\n"
        "AT                    RECEIVER  TOLD    OUTCOME  STATUS  MS  ALERTS  PROBLEM\n"
        "2026-11-27T12:00:40Z  team/0    firing  retried  -       12  1       refused\n"
        "1 change or call is not told to everybody yet\n"
        "damaged: a row\n"
        "\n"
        "before it began at 2026-11-27T12:00:00Z on web-1\n"
        "SECONDS  AT                    KIND  WHAT\n"
        "19       2026-11-27T11:59:41Z  job   job etc: succeeded\n";
    BOOST_TEST(render_why(story(), Look{}) == wanted);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_said) {
    auto none = story();
    none["deliveries"] = Json::array();
    none["damaged"] = Json::array();
    none["owed"] = 2;
    none["rule"] = nullptr;
    none["before"]["changes"] = Json::array();
    const auto text = render_why(none, Look{});
    BOOST_TEST(text.find("rule        none of the rule files now\n") != std::string::npos);
    none["expression"] = "";
    none["annotations"] = {{"reason", "agent died"}};
    const auto own = render_why(none, Look{});
    BOOST_TEST(own.find("rule        none: the controller raises it by itself\nreason      agent died\n") !=
               std::string::npos);
    BOOST_TEST(text.find("attempts to tell\nnone\n2 changes or calls are not told to everybody yet\n") !=
               std::string::npos);
    BOOST_TEST(text.find("nothing known of the 30 minutes before\n") != std::string::npos);
    none["before"]["host"] = "";
    BOOST_TEST(render_why(none, Look{}).find("it is about several hosts\n") != std::string::npos);
    none["transitions"][0]["cursor"] = {{"stream", nullptr}, {"entry", nullptr}, {"sampled_at", "then"}};
    BOOST_TEST(render_why(none, Look{}).find("value 5: sample, evaluated at then\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_was_called_and_has_it_in_hand_stands_in_its_head) {
    auto held = story();
    BOOST_TEST(render_why(held, Look{}).find("on call") == std::string::npos);
    held["called"] = {"anna-phone", "ben-phone"};
    held["acknowledged_by"] = "anna";
    held["acknowledged_at"] = "2026-11-27T12:05:00.000Z";
    held["acknowledged_comment"] = "";
    held["snoozed_until"] = nullptr;
    BOOST_TEST(
        render_why(held, Look{})
            .find("\non call     called anna-phone,ben-phone, in hand of anna, since 2026-11-27T12:05:00.000Z\n") !=
        std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
