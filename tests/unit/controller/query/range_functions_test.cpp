#include "controller/query/range_functions.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

const double nan = std::nan("");

BOOST_AUTO_TEST_SUITE(range_functions)

// 1, 2, 3, 4 at 0, 10, 20, 30 s.
BOOST_AUTO_TEST_CASE(computes_over_the_samples_of_a_window) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 2, 3, 4});
    BOOST_TEST(fleet.at("sum_over_time(a[1m])", 30) == "10");
    BOOST_TEST(fleet.at("avg_over_time(a[1m])", 30) == "2.5");
    BOOST_TEST(fleet.at("min_over_time(a[20s])", 30) == "2");
    BOOST_TEST(fleet.at("max_over_time(a[1m])", 20) == "3");
    BOOST_TEST(fleet.at("count_over_time(a[1m])", 30) == "4");
    BOOST_TEST(fleet.at("present_over_time(a[1m])", 30) == "1");
    BOOST_TEST(fleet.at("stdvar_over_time(a[1m])", 30) == "1.25");  // (1.5² + 0.5² + 0.5² + 1.5²) / 4
    BOOST_TEST(fleet.at("stddev_over_time(a[20s])", 20) == fleet.at("sqrt(vector(2 / 3))", 0));
    BOOST_TEST(fleet.at("quantile_over_time(0.5, a[1m])", 30) == "2.5");
    BOOST_TEST(fleet.at("last_over_time(a[1m])", 30) == "a 4");
}

BOOST_AUTO_TEST_CASE(counts_resets_and_changes) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 1, 0, 5, 4, nan, nan, 4});
    BOOST_TEST(fleet.at("resets(a[5m])", 70) == "2");   // to 0 and to 4
    BOOST_TEST(fleet.at("changes(a[5m])", 70) == "5");  // to 0, 5, 4, NaN and back
}

BOOST_AUTO_TEST_CASE(a_number_wins_over_nan) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {nan, 2, nan, 1});
    BOOST_TEST(fleet.at("max_over_time(a[5m])", 30) == "2");
    BOOST_TEST(fleet.at("min_over_time(a[5m])", 30) == "1");
    BOOST_TEST(fleet.at("max_over_time(a[5s])", 20) == "NaN");
    BOOST_TEST(fleet.at("sum_over_time(a[5m])", 30) == "NaN");
}

BOOST_AUTO_TEST_CASE(averages_do_not_overflow_and_know_infinity) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1.7e308, 1.7e308});
    fleet.add({{"__name__", "b"}}, {1, INFINITY, 2});
    fleet.add({{"__name__", "c"}}, {INFINITY, -INFINITY});
    BOOST_TEST(fleet.at("avg_over_time(a[1m])", 20) == "1.7e+308");
    BOOST_TEST(fleet.at("avg_over_time(b[1m])", 20) == "+Inf");
    BOOST_TEST(fleet.at("avg_over_time(c[1m])", 20) == "NaN");
}

// Windows of 60 s at steps of 10 s: sums are differences of prefixes, and equal those of each window.
BOOST_AUTO_TEST_CASE(overlapping_windows_have_the_sums_of_their_own) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 2, 4, 8, 16, 32, 64, 128, 256});
    BOOST_TEST(fleet.over("sum_over_time(a[1m])", 60, 80, 10) == "60:127 70:254 80:508");
    BOOST_TEST(fleet.over("avg_over_time(a[50s])", 70, 80, 10) == "70:42 80:84");  // 252 / 6, 504 / 6
}

BOOST_AUTO_TEST_CASE(only_the_last_sample_keeps_its_name) {
    Asked fleet;
    fleet.add({{"__name__", "a"}, {"b", "c"}}, {1});
    fleet.add({{"__name__", "d"}, {"b", "c"}}, {2});
    BOOST_TEST(fleet.at("last_over_time({b=\"c\"}[1m])", 0) == "a{b=\"c\"} 1; d{b=\"c\"} 2");
    BOOST_TEST(fleet.at("sum_over_time({b=\"c\"}[1m])", 0) ==
               "1:1: vector cannot contain metrics with the same labelset: {b=\"c\"} is there twice");
}

BOOST_AUTO_TEST_CASE(absence_has_the_labels_that_were_demanded) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1}, 100);
    BOOST_TEST(fleet.at("absent_over_time(b{c=\"d\", e=~\"f\", __name__=~\"b\"}[1m])", 0).find("stands twice") !=
               std::string::npos);
    BOOST_TEST(fleet.at("absent_over_time(b{c=\"d\", e=~\"f\"}[1m])", 0) == "{c=\"d\"} 1");
    BOOST_TEST(fleet.at("absent_over_time(b{c=\"d\", c=\"d\"}[1m])", 0) == "1");
    BOOST_TEST(fleet.over("absent_over_time(a[30s])", 60, 180, 30) == "60:1 90:1 150:1 180:1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
