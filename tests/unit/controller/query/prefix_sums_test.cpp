#include "controller/query/prefix_sums.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(prefix_sums)

BOOST_AUTO_TEST_CASE(sums_any_stretch) {
    const std::vector<double> values{1, 2, 3, 4, 5};
    const PrefixSums sums(values);
    BOOST_TEST(sums.is_usable());
    BOOST_TEST(sums.sum(0, 5) == 15);
    BOOST_TEST(sums.sum(1, 3) == 9);
    BOOST_TEST(sums.sum(5, 0) == 0);
}

// 1e16 + 1 is no double: a plain prefix would lose the small values between the large ones.
BOOST_AUTO_TEST_CASE(keeps_small_values_beside_large_ones) {
    const std::vector<double> values{1e16, 1, 1, -1e16, 0.25, 1e16};
    const PrefixSums sums(values);
    BOOST_TEST(sums.sum(1, 2) == 2);
    BOOST_TEST(sums.sum(0, 4) == 2);
    BOOST_TEST(sums.sum(4, 1) == 0.25);
}

BOOST_AUTO_TEST_CASE(says_when_sums_mean_nothing) {
    const std::vector<double> infinite{1, std::numeric_limits<double>::infinity()};
    const std::vector<double> overflowing{1.7e308, 1.7e308};
    const std::vector<double> not_a_number{std::nan("")};
    BOOST_TEST(!PrefixSums(infinite).is_usable());
    BOOST_TEST(!PrefixSums(overflowing).is_usable());
    BOOST_TEST(!PrefixSums(not_a_number).is_usable());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
