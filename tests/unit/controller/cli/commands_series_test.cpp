#include "controller/cli/commands_series.hpp"

#include "tests/unit/controller/cli/asked.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_FIXTURE_TEST_SUITE(commands_series, tests::Asked)

BOOST_AUTO_TEST_CASE(matchers_become_one_selector) {
    BOOST_TEST(selector_of({}) == "");
    BOOST_TEST(selector_of({"node_load1"}) == R"({__name__="node_load1"})");
    BOOST_TEST(selector_of({"up", "instance=web-1", "mode!=idle", "device=~sd.*", "a!~\"b\""}) ==
               R"({__name__="up",instance="web-1",mode!="idle",device=~"sd.*",a!~"b"})");
    BOOST_TEST(selector_of({"up{a=\"b\"}"}) == "up{a=\"b\"}");
    BOOST_TEST(selector_of({"path=a\"b"}) == R"({path="a\"b"})");
}

BOOST_AUTO_TEST_CASE(series_find_asks_for_it) {
    answer = {{"series", Json::array()}, {"names_total", 0}, {"series_total", 0}, {"is_cut", false}};
    BOOST_TEST(run({"series", "find", "up", "a=b", "--limit", "5"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 1u);
    BOOST_TEST(requests[0].verb == "series.find");
    BOOST_TEST(requests[0].arguments.dump() == R"({"limit":5,"selector":"{__name__=\"up\",a=\"b\"}"})");
    BOOST_TEST(run({"series", "find", ""}) == exit_usage);  // a variable that is not set widens nothing
    BOOST_TEST(run({"series", "find", "--limit", "0"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(top_is_live_on_a_terminal_and_one_table_in_a_pipe) {
    answer = Json::array();
    BOOST_TEST(run({"top"}) == exit_ok);
    BOOST_TEST(out.str() == "no hosts are enrolled\n");
    is_terminal = true;
    pauses_left = 2;
    requests.clear();
    BOOST_TEST(run({"top", "--sort", "load"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 3u);
    BOOST_TEST(requests[0].arguments.dump() == R"({"sort":"load"})");
    requests.clear();
    BOOST_TEST(run({"top", "--once"}) == exit_ok);
    BOOST_TEST(requests.size() == 1u);
    BOOST_TEST(run({"top", "--sort", "cats"}) == exit_usage);
}

BOOST_AUTO_TEST_SUITE_END()
