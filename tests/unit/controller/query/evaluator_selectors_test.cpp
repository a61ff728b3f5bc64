#include <boost/test/unit_test.hpp>

#include "controller/query/evaluator.hpp"
#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

BOOST_AUTO_TEST_SUITE(evaluator_selectors)

BOOST_AUTO_TEST_CASE(a_sample_counts_for_five_minutes) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {7}, 100);
    BOOST_TEST(fleet.at("a", 99) == "");
    BOOST_TEST(fleet.at("a", 100) == "a 7");
    BOOST_TEST(fleet.at("a", 400) == "a 7");
    BOOST_TEST(fleet.at("a", 401) == "");
    BOOST_TEST(fleet.at("a", 161, {.lookback = 1min}) == "");
}

BOOST_AUTO_TEST_CASE(a_stale_marker_ends_a_series_at_once) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, stale, 3});
    BOOST_TEST(fleet.over("a", 0, 20, 5) == "a 0:1 5:1 20:3");
    BOOST_TEST(fleet.at("count_over_time(a[1m])", 20) == "2");
    BOOST_TEST(fleet.at("sum_over_time(a[1m])", 20) == "4");
    BOOST_TEST(fleet.at("a[1m]", 20) == "a 0:1 20:3");
}

BOOST_AUTO_TEST_CASE(an_ordinary_nan_is_a_value) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {std::nan("")});
    BOOST_TEST(fleet.at("a", 0) == "a NaN");
}

BOOST_AUTO_TEST_CASE(offset_looks_elsewhere) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 2, 3, 4});
    BOOST_TEST(fleet.at("a offset 10s", 20) == "a 2");
    BOOST_TEST(fleet.at("a offset -10s", 20) == "a 4");
    BOOST_TEST(fleet.at("a @ 10 offset 10s", 30) == "a 1");
    BOOST_TEST(fleet.at("sum_over_time(a[10s] offset 10s)", 30) == "5");
}

// Multiples of 7 s in [10, 30]: 14, 21, 28. The samples there are 2, 3, 3.
BOOST_AUTO_TEST_CASE(a_subquery_steps_at_multiples_of_its_step) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 2, 3, 4});
    BOOST_TEST(fleet.at("a[20s:7s]", 30) == "a 14:2 21:3 28:3");
    BOOST_TEST(fleet.at("sum_over_time(a[20s:7s])", 30) == "8");
    BOOST_TEST(fleet.at("count_over_time(vector(1)[1m:])", 60) == "2");  // 0 and 60, by the default of a minute
    BOOST_TEST(fleet.at("count_over_time(vector(1)[1m:])", 60, {.subquery_step = 10s}) == "7");
    BOOST_TEST(fleet.at("max_over_time(rate(a[10s])[20s:10s])", 30) == "0.1");
    BOOST_TEST(fleet.at("count_over_time(vector(1)[5s:1m])", 50) == "");
}

BOOST_AUTO_TEST_CASE(timestamps_are_those_of_the_samples) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {5}, 17);
    BOOST_TEST(fleet.at("timestamp(a)", 30) == "17");
    BOOST_TEST(fleet.at("timestamp(a + 0)", 30) == "30");
    BOOST_TEST(fleet.at("timestamp(a offset 3s)", 30) == "17");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
