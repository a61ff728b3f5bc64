// Expected values by the arithmetic that Prometheus documents for rate(): what changed between the first and the last
// sample, scaled to the window.
#include "controller/query/counters.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

BOOST_AUTO_TEST_SUITE(counters)

// Samples at 0, 10, … 60 s rise by 5 each: 30 in a window that they fill from end to end, 0.5 a second.
BOOST_AUTO_TEST_CASE(a_filled_window_needs_no_extrapolation) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {0, 5, 10, 15, 20, 25, 30});
    BOOST_TEST(fleet.at("increase(a[1m])", 60) == "30");
    BOOST_TEST(fleet.at("rate(a[1m])", 60) == "0.5");
    BOOST_TEST(fleet.at("irate(a[1m])", 60) == "0.5");
    BOOST_TEST(fleet.at("idelta(a[1m])", 60) == "5");
}

// Samples at 10 … 50 in [5, 65]: sampled 40 s, apart 10 s. 5 s to the start are extrapolated, of 15 s to the end only
// half a distance, 5 s, as they are more than 1.1 distances: 20 * (40 + 5 + 5) / 40.
BOOST_AUTO_TEST_CASE(extrapolates_to_the_ends_or_by_half_a_distance) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {100, 105, 110, 115, 120}, 10);
    BOOST_TEST(fleet.at("increase(a[1m])", 65) == "25");
    BOOST_TEST(fleet.at("delta(a[1m])", 65) == "25");
}

// From 2 at 10 s the line through the samples (1 a second) is 0 at 8 s: a counter is extrapolated by 2 s, not 5.
BOOST_AUTO_TEST_CASE(does_not_extrapolate_a_counter_below_zero) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {2, 12, 22}, 10);
    BOOST_TEST(fleet.at("increase(a[25s])", 30) == "22");  // 20 * (20 + 2 + 0) / 20
    BOOST_TEST(fleet.at("delta(a[25s])", 30) == "25");     // 20 * (20 + 5 + 0) / 20
}

// 10 to 20, a reset to 3, then 8: 10 + 3 + 5 = 18, each window with its own resets.
BOOST_AUTO_TEST_CASE(a_fall_is_a_reset_of_a_counter) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {10, 20, 3, 8});
    BOOST_TEST(fleet.at("increase(a[30s])", 30) == "18");
    BOOST_TEST(fleet.over("increase(a[10s])", 10, 30, 10) == "10:10 20:3 30:5");
    BOOST_TEST(fleet.at("delta(a[30s])", 30) == "-2");
    BOOST_TEST(fleet.at("irate(a[30s])", 20) == "0.3");
    BOOST_TEST(fleet.at("idelta(a[30s])", 20) == "-17");
}

// A restart lost 1950, and nothing wrapped at 2^32: 1000 to 2000, 50 since the reset, then 100 more are 1150.
BOOST_AUTO_TEST_CASE(a_counter_that_begins_anew_far_below_adds_what_it_has_since) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1000, 2000, 50, 150});
    BOOST_TEST(fleet.at("increase(a[30s])", 30) == "1150");
    BOOST_TEST(fleet.over("increase(a[10s])", 10, 30, 10) == "10:1000 20:50 30:100");
}

// What resets lost is held in sums, but not where it is infinite.
BOOST_AUTO_TEST_CASE(an_infinite_reset_spoils_only_its_own_windows) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {INFINITY, 1, 2, 4, 3});
    BOOST_TEST(fleet.over("increase(a[10s])", 20, 40, 10) == "20:1 30:2 40:3");
}

BOOST_AUTO_TEST_CASE(one_sample_says_nothing) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {10});
    for (const auto* function : {"rate", "increase", "delta", "irate", "idelta", "deriv"}) {
        BOOST_TEST(fleet.at(fmt::format("{}(a[1m])", function), 30) == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
