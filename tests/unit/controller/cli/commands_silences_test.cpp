#include "tests/unit/controller/cli/asked.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_FIXTURE_TEST_SUITE(commands_silences, tests::Asked)

BOOST_AUTO_TEST_CASE(create_asks_with_its_matchers_time_and_comment) {
    answer = {{"id", "00000000000000aa"}, {"state", "active"}};
    BOOST_TEST(run({"silences", "create", "a=b", "c=~\"d,e\"", "--for", "2h", "--comment", "why"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 1u);
    BOOST_TEST(requests[0].verb == "silences.create");
    BOOST_TEST(requests[0].arguments.dump() == R"({"comment":"why","for":"2h","matchers":["a=b","c=~\"d,e\""]})");
    BOOST_TEST(run({"silences", "create", "a=b", "--for", "2h", "--comment", "why", "--starts-at",
                    "2026-11-27T12:00:00Z"}) == exit_ok);
    BOOST_TEST(requests[1].arguments["starts_at"] == "2026-11-27T12:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_silence_without_its_end_comment_or_matcher_is_not_asked_for) {
    BOOST_TEST(run({"silences", "create", "a=b", "--comment", "why"}) == exit_usage);
    BOOST_TEST(run({"silences", "create", "a=b", "--for", "2h"}) == exit_usage);
    BOOST_TEST(run({"silences", "create", "--for", "2h", "--comment", "why"}) == exit_usage);
    BOOST_TEST(run({"silences", "create", "", "--for", "2h", "--comment", "why"}) == exit_usage);
    BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(silences_are_listed_shown_previewed_and_expired) {
    answer = Json::array({{{"id", "00000000000000aa"},
                           {"short_id", "00000000"},
                           {"state", "active"},
                           {"matchers", "{a=\"b\"}"},
                           {"ends_at", "1970-01-01T02:00:00.000Z"},
                           {"author", "uid 0"},
                           {"comment", "why"}}});
    BOOST_TEST(run({"silences", "list"}) == exit_ok);
    BOOST_TEST(out.str() ==
               "ID        STATE   MATCHERS  ENDS   AUTHOR  COMMENT\n"
               "00000000  active  {a=\"b\"}   in 2h  uid 0   why\n");
    BOOST_TEST(run({"silences", "list", "--all"}) == exit_ok);
    BOOST_TEST(run({"silences", "preview", "a=b"}) == exit_ok);
    answer = Json{{"id", "00000000000000aa"}};
    BOOST_TEST(run({"silences", "show", "00"}) == exit_ok);
    BOOST_TEST(run({"silences", "expire", "00"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 5u);
    BOOST_TEST(requests[1].arguments.dump() == R"({"all":true})");
    BOOST_TEST(requests[2].arguments.dump() == R"({"matchers":["a=b"]})");
    BOOST_TEST(requests[3].verb == "silences.show");
    BOOST_TEST(requests[4].verb == "silences.expire");
    BOOST_TEST(run({"silences", "expire", "00", "--watch"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(maintenance_is_listed) {
    answer = Json::array({{{"kind", "window"},
                           {"name", "reboots"},
                           {"state", "closed"},
                           {"host", ""},
                           {"until", nullptr},
                           {"alerts", "{c=\"d\"}"},
                           {"run", nullptr}},
                          {{"kind", "run"},
                           {"name", "backup"},
                           {"state", "under way"},
                           {"host", "db-1"},
                           {"until", "1970-01-01T02:00:00.000Z"},
                           {"alerts", "{a=\"b\"}"},
                           {"run", "0199"}}});
    BOOST_TEST(run({"maintenance", "list"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 1u);
    BOOST_TEST(requests[0].verb == "maintenance.list");
    BOOST_TEST(out.str() ==
               "KIND    NAME     STATE      HOST  UNTIL  ALERTS\n"
               "window  reboots  closed     -     -      {c=\"d\"}\n"
               "run     backup   under way  db-1  in 2h  {a=\"b\"}\n");
}

BOOST_AUTO_TEST_CASE(routes_are_a_tree_and_are_tested_with_labels) {
    answer = Json::array({{{"route", "{}"}, {"receiver", "team"}, {"depth", 0}},
                          {{"route", "{a=\"b\"}"}, {"receiver", "db"}, {"depth", 1}}});
    BOOST_TEST(run({"alerts", "routes", "show"}) == exit_ok);
    BOOST_TEST(out.str().find("\n{}         team") != std::string::npos, out.str());
    BOOST_TEST(out.str().find("\n  {a=\"b\"}  db") != std::string::npos, out.str());
    BOOST_TEST(run({"alerts", "routes", "test", "alertname=A", "x=y=z"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(requests[1].arguments.dump() == R"({"labels":{"alertname":"A","x":"y=z"}})");
    BOOST_TEST(run({"alerts", "routes", "test", "alertname"}) == exit_usage);
    BOOST_TEST(run({"alerts", "routes", "test"}) == exit_usage);
}

BOOST_AUTO_TEST_SUITE_END()
