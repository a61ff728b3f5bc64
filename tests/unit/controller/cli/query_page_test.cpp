#include "controller/cli/query_page.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
std::string shown(const std::string& json, const Look& look = {}) {
    return render("query", Json::parse(json), look).value();
}
}  // namespace

BOOST_AUTO_TEST_SUITE(query_page)

BOOST_AUTO_TEST_CASE(an_instant_is_a_table_of_selectors_and_values) {
    const std::string vector =
        R"({"resultType":"vector","result":[)"
        R"({"metric":{"__name__":"load","instance":"web-1","path":"C:\\"},"value":[1800000000,"1234567.5"]},)"
        R"({"metric":{},"value":[1800000000,"NaN"]}]})";
    BOOST_TEST(shown(vector) ==
               "SERIES                              VALUE\n"
               "load{instance=\"web-1\",path=\"C:\\\\\"}  1.235M\n"
               "{}                                     nan\n");
    BOOST_TEST(shown(vector, {.format = Format::wide}).find("  1234567.5\n") != std::string::npos);
    BOOST_TEST(shown(R"({"resultType":"vector","result":[]})") == "no series at this time\n");
}

BOOST_AUTO_TEST_CASE(scalars_and_strings_are_a_line) {
    BOOST_TEST(shown(R"({"resultType":"scalar","result":[1800000000,"+Inf"]})") == "inf\n");
    BOOST_TEST(shown(R"({"resultType":"string","result":[1800000000,"a\u001b[1mb"]})") == "a\\x1b[1mb\n");
}

BOOST_AUTO_TEST_CASE(a_range_is_a_table_with_bars) {
    const std::string matrix =
        R"({"resultType":"matrix","result":[)"
        R"({"metric":{"__name__":"load"},"values":[[1800000000,"1"],[1800000010,"2"],[1800000020,"3"]]},)"
        R"({"metric":{"a":"b"},"values":[[1800000020,"7"]]}]})";
    BOOST_TEST(shown(matrix) ==
               "SERIES        MIN  MAX  LAST\n"
               "load     ▁▅█    1    3     3\n"
               "{a=\"b\"}    ▁    7    7     7\n"
               "2027-01-15T08:00:00.000Z to 2027-01-15T08:00:20.000Z, 3 steps\n");
    BOOST_TEST(shown(R"({"resultType":"matrix","result":[]})") == "no samples in this time\n");
}

BOOST_AUTO_TEST_CASE(a_range_is_drawn_on_request) {
    const std::string matrix = R"({"resultType":"matrix","result":[{"metric":{"__name__":"load"},)"
                               R"("values":[[1800000000,"1"],[1800000010,"2"]]}]})";
    const auto text = shown(matrix, {.columns = 40, .rows = 12, .is_plot = true});
    BOOST_TEST(text.find("┤") != std::string::npos);
    BOOST_TEST(text.ends_with("\na load\n"));
    BOOST_TEST(shown(R"({"resultType":"matrix","result":[{"metric":{},"values":[[1800000000,"NaN"]]}]})",
                     {.is_plot = true}) == "no finite values in this time\n");
}

BOOST_AUTO_TEST_CASE(json_is_the_answer_as_it_came_and_another_form_is_refused_by_the_caller) {
    const std::string scalar = R"({"resultType":"scalar","result":[1800000000.5,"1"]})";
    BOOST_TEST((Json::parse(shown(scalar, {.format = Format::json})) == Json::parse(scalar)));
    BOOST_CHECK_THROW(shown(R"({"resultType":"vector","result":[{"value":3}]})"), Json::exception);
}

BOOST_AUTO_TEST_CASE(a_caret_stands_under_the_column) {
    BOOST_TEST(caret_under("rate(load)", "1:6: parse error: x") == "  rate(load)\n       ^\n");
    BOOST_TEST(caret_under("sum(\n\tload[", "2:7: parse error: x") == "   load[\n        ^\n");
    // Columns are bytes; "ü" has two of them and one column of a terminal.
    BOOST_TEST(caret_under("'ü' + x", "1:8: x") == "  'ü' + x\n        ^\n");
    for (const auto* error : {"no place", "1:x: y", "2:1: beyond", "0:1: y", "1:0: y", "1:", ""}) {
        BOOST_TEST(caret_under("load", error) == "", error);
    }
}

BOOST_AUTO_TEST_SUITE_END()
