#include "controller/query/vector_functions.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

BOOST_AUTO_TEST_SUITE(vector_functions)

BOOST_AUTO_TEST_CASE(computes_each_value_and_drops_the_name) {
    Asked fleet;
    fleet.add({{"__name__", "a"}, {"b", "c"}}, {-2.5});
    BOOST_TEST(fleet.at("abs(a)", 0) == R"({b="c"} 2.5)");
    BOOST_TEST(fleet.at("ceil(a)", 0) == R"({b="c"} -2)");
    BOOST_TEST(fleet.at("sgn(a)", 0) == R"({b="c"} -1)");
    BOOST_TEST(fleet.at("sqrt(a)", 0) == R"({b="c"} NaN)");
    BOOST_TEST(fleet.at("deg(vector(pi()))", 0) == "180");
    BOOST_TEST(fleet.at("log2(vector(8))", 0) == "3");
}

// Halves go up, also below zero.
BOOST_AUTO_TEST_CASE(rounds_to_the_nearest_multiple) {
    Asked fleet;
    BOOST_TEST(fleet.at("round(vector(2.5))", 0) == "3");
    BOOST_TEST(fleet.at("round(vector(-2.5))", 0) == "-2");
    BOOST_TEST(fleet.at("round(vector(17), 5)", 0) == "15");
    BOOST_TEST(fleet.at("round(vector(0.17), 0.05)", 0) == "0.15");
}

BOOST_AUTO_TEST_CASE(clamps) {
    Asked fleet;
    BOOST_TEST(fleet.at("clamp(vector(7), 1, 5)", 0) == "5");
    BOOST_TEST(fleet.at("clamp(vector(7), 5, 1)", 0) == "");
    BOOST_TEST(fleet.at("clamp_min(vector(7), 9)", 0) == "9");
    BOOST_TEST(fleet.at("clamp_max(vector(7), NaN)", 0) == "NaN");
}

BOOST_AUTO_TEST_CASE(sorts_with_nan_last) {
    Asked fleet;
    fleet.add({{"__name__", "a"}, {"b", "1"}}, {2}).add({{"__name__", "a"}, {"b", "2"}}, {std::nan("")});
    fleet.add({{"__name__", "a"}, {"b", "3"}}, {1});
    BOOST_TEST(fleet.at("sort(a)", 0) == R"(a{b="3"} 1; a{b="1"} 2; a{b="2"} NaN)");
    BOOST_TEST(fleet.at("sort_desc(a)", 0) == R"(a{b="1"} 2; a{b="3"} 1; a{b="2"} NaN)");
}

BOOST_AUTO_TEST_CASE(tells_dates_of_values_and_of_now) {
    Asked fleet;
    BOOST_TEST(fleet.at("year(vector(1735689599))", 0) == "2024");
    BOOST_TEST(fleet.over("hour()", 3599, 3600, 1) == "3599:0 3600:1");
}

BOOST_AUTO_TEST_CASE(tells_what_is_missing) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1}, 100);
    BOOST_TEST(fleet.at("absent(b{c=\"d\"})", 0) == R"({c="d"} 1)");
    BOOST_TEST(fleet.at("absent(sum(b{c=\"d\"}))", 0) == "1");
    BOOST_TEST(fleet.over("absent(a)", 90, 110, 10) == "90:1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
