#include "controller/cli/series_page.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::controller;

namespace {
const Json found{
    {"series", {{{"__name__", "load"}, {"instance", "web-1"}}, {{"__name__", "temp"}, {"a", "x\"y"}, {"b", "\x1b"}}}},
    {"names_total", 2},
    {"series_total", 7},
    {"is_cut", true}};
const Json hosts{{{"host", "db-1"},
                  {"state", "silent"},
                  {"cpu_percent", nullptr},
                  {"memory_percent", nullptr},
                  {"disk_percent", 96.25},
                  {"load1", nullptr},
                  {"cpus", nullptr}},
                 {{"host", "web-1"},
                  {"state", "up"},
                  {"cpu_percent", 12.5},
                  {"memory_percent", 81.0},
                  {"disk_percent", 40.0},
                  {"load1", 9.0},
                  {"cpus", 4}},
                 {{"host", "web-2"},
                  {"state", "up"},
                  {"cpu_percent", 99.0},
                  {"memory_percent", 20.0},
                  {"disk_percent", 50.0},
                  {"load1", 1.0},
                  {"cpus", 4}}};
}  // namespace

BOOST_AUTO_TEST_SUITE(series_page)

BOOST_AUTO_TEST_CASE(series_stand_with_their_labels_and_a_cut_is_told_clearly) {
    BOOST_TEST(render_found(found, {}) ==
               "NAME  LABELS\nload  instance=web-1\ntemp  a=x\"y,b=\\x1b\n"
               "CUT: 2 of 7 series shown, of 7 series of 2 metrics: narrow it down with matchers, or raise --limit\n");
    auto whole = found;
    whole["is_cut"] = false;
    BOOST_TEST(render_found(whole, {}).ends_with("\n7 series of 2 metrics\n"));
    BOOST_TEST(found_names(found) == "load{instance=\"web-1\"}\ntemp{a=\"x\\\"y\",b=\"\\u001b\"}\n");
}

BOOST_AUTO_TEST_CASE(names_stand_with_their_number_of_series) {
    const Json names{
        {"names", {{{"name", "load"}, {"series", 1}}}}, {"names_total", 1}, {"series_total", 1}, {"is_cut", false}};
    BOOST_TEST(render_found(names, {}) == "NAME  SERIES\nload       1\n1 series of 1 metric\n");
    BOOST_TEST(found_names(names) == "load\n");
    const Json none{{"series", Json::array()}, {"names_total", 0}, {"series_total", 0}, {"is_cut", false}};
    BOOST_TEST(render_found(none, {}).starts_with("no such series are stored; "));
}

BOOST_AUTO_TEST_CASE(top_tints_what_is_worth_a_look) {
    Look look;
    look.is_colored = true;
    const auto text = render_top(hosts, look);
    BOOST_TEST(text.find("\x1b[1;31m99.0%") != std::string::npos);
    BOOST_TEST(text.find("\x1b[33m81.0%") != std::string::npos);
    BOOST_TEST(text.find("\x1b[1;31m9.00") != std::string::npos);  // more than twice its four processors
    BOOST_TEST(text.find("m12.5%") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(top_fits_a_terminal) {
    Look look;
    look.is_terminal = true;
    look.rows = 5;
    BOOST_TEST(render_top(hosts, look).ends_with("and 1 more\n"));
    BOOST_TEST(render_top(Json::array(), look) == "no hosts are enrolled\n");
}

BOOST_AUTO_TEST_SUITE_END()
