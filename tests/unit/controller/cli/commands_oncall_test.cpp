#include "tests/unit/controller/cli/asked.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Asked : tests::Asked {
    std::string asked(const std::vector<std::string>& words) {
        requests.clear();
        BOOST_REQUIRE(run(words) == exit_ok);
        BOOST_REQUIRE(requests.size() == 1u);
        return requests[0].verb + " " + requests[0].arguments.dump();
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_oncall, Asked)

BOOST_AUTO_TEST_CASE(who_and_schedule_ask_for_a_rota_and_a_time) {
    BOOST_TEST(asked({"oncall", "who"}) == "oncall.who {}");
    BOOST_TEST(asked({"oncall", "who", "primary", "--at", "2026-11-27T12:00:00Z"}) ==
               R"(oncall.who {"at":"2026-11-27T12:00:00Z","rota":"primary"})");
    BOOST_TEST(asked({"oncall", "schedule", "primary"}) == R"(oncall.schedule {"days":14,"rota":"primary"})");
    BOOST_TEST(asked({"oncall", "schedule", "primary", "--days", "3", "--since", "1d"}) ==
               R"(oncall.schedule {"days":3,"rota":"primary","since_ms":86400000})");
    BOOST_TEST(run({"oncall", "schedule"}) == exit_usage);
    BOOST_TEST(run({"oncall", "schedule", "primary", "--days", "0"}) == exit_usage);
    BOOST_TEST(run({"oncall", "who", "--since", "1d"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(overrides_are_added_listed_and_removed) {
    BOOST_TEST(asked({"oncall", "override", "add", "primary", "ben", "--for", "8h", "--comment", "swap"}) ==
               R"(oncall.override.add {"comment":"swap","for":"8h","person":"ben","rota":"primary"})");
    BOOST_TEST(asked({"oncall", "override", "add", "primary", "ben", "--from", "a", "--until", "b"}) ==
               R"(oncall.override.add {"from":"a","person":"ben","rota":"primary","until":"b"})");
    BOOST_TEST(run({"oncall", "override", "add", "primary", "ben", "--for", "8h", "--until", "b"}) == exit_usage);
    BOOST_TEST(run({"oncall", "override", "add", "primary"}) == exit_usage);
    BOOST_TEST(asked({"oncall", "override", "list", "--all"}) == R"(oncall.override.list {"all":true})");
    BOOST_TEST(asked({"oncall", "override", "remove", "00aa"}) == R"(oncall.override.remove {"id":"00aa"})");
    BOOST_TEST(run({"oncall", "override", "remove", "00aa", "--watch"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(alerts_are_acknowledged_given_back_and_snoozed) {
    BOOST_TEST(asked({"alerts", "ack", "00aa"}) == R"(alerts.ack {"id":"00aa"})");
    BOOST_TEST(asked({"alerts", "ack", "00aa", "--comment", "mine"}) == R"(alerts.ack {"comment":"mine","id":"00aa"})");
    BOOST_TEST(asked({"alerts", "unack", "00aa"}) == R"(alerts.unack {"id":"00aa"})");
    BOOST_TEST(asked({"alerts", "snooze", "00aa", "--for", "1h"}) == R"(alerts.snooze {"for":"1h","id":"00aa"})");
    BOOST_TEST(run({"alerts", "snooze", "00aa"}) == exit_usage);
    BOOST_TEST(run({"alerts", "ack"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(an_alert_is_closed_with_a_comment) {
    BOOST_TEST(asked({"alerts", "close", "00aa", "--comment", "moved"}) ==
               R"(alerts.close {"comment":"moved","id":"00aa"})");
    BOOST_TEST(run({"alerts", "close", "00aa"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(tables_show_who_is_called_and_who_has_an_alert) {
    answer = Json::array({{{"rota", "primary"},
                           {"person", "anna"},
                           {"until", "1970-01-01T02:00:00.000Z"},
                           {"layer", "nights"},
                           {"override", nullptr}},
                          {{"rota", "later"}, {"person", nullptr}, {"until", nullptr}}});
    BOOST_TEST(run({"oncall", "who"}) == exit_ok);
    BOOST_TEST(out.str() ==
               "ROTA     PERSON  UNTIL  LAYER   OVERRIDE\n"
               "primary  anna    in 2h  nights  -\n"
               "later    -       -      -       -\n");
    out.str("");
    answer = Json::array(
        {{{"id", "00aa"}, {"alertname", "A"}, {"acknowledged_by", "anna"}, {"held", "silence"}, {"summary", "s"}}});
    BOOST_TEST(run({"alerts", "list"}) == exit_ok);
    BOOST_TEST(out.str().find("ACK   HELD     SUMMARY") != std::string::npos, out.str());
    BOOST_TEST(out.str().find("anna  silence  s") != std::string::npos, out.str());
}

BOOST_AUTO_TEST_SUITE_END()
