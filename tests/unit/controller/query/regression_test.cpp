#include "controller/query/regression.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

BOOST_AUTO_TEST_SUITE(regression)

// 1, 3, 5 at 0, 10, 20 s lie on 1 + 0.2 t: at 30 s it is 7, 60 s later 19.
BOOST_AUTO_TEST_CASE(follows_a_line_through_the_samples) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 3, 5});
    BOOST_TEST(fleet.at("deriv(a[1m])", 30) == "0.2");
    BOOST_TEST(fleet.at("predict_linear(a[1m], 0)", 30) == "7");
    BOOST_TEST(fleet.at("predict_linear(a[1m], 60)", 30) == "19");
}

BOOST_AUTO_TEST_CASE(a_constant_has_no_slope_and_an_infinite_one_no_line) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {0.1, 0.1, 0.1});
    fleet.add({{"__name__", "b"}}, {INFINITY, INFINITY});
    BOOST_TEST(fleet.at("deriv(a[1m])", 30) == "0");
    BOOST_TEST(fleet.at("predict_linear(a[1m], 600)", 30) == "0.1");
    BOOST_TEST(fleet.at("deriv(b[1m])", 30) == "NaN");
}

// Smoothing and trend of 1/2 over 0, 2, 8. At 2: level 2, slope 2: 1/2 * 2 + 1/2 * (0 + 2) = 2. At 8: slope
// 1/2 * (2 - 0) + 1/2 * 2 = 2, then 1/2 * 8 + 1/2 * (2 + 2) = 6.
BOOST_AUTO_TEST_CASE(smooths_twice) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {0, 2, 8});
    BOOST_TEST(fleet.at("holt_winters(a[1m], 0.5, 0.5)", 30) == "6");
    BOOST_TEST(fleet.at("holt_winters(a[1m], 0, 0.5)", 30) ==
               "1:1: holt_winters: invalid smoothing factor 0, expected between 0 and 1");
    BOOST_TEST(fleet.at("1 + holt_winters(a[1m], 0.5, 1)", 30) ==
               "1:5: holt_winters: invalid trend factor 1, expected between 0 and 1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
