#include "controller/query/arithmetic.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

BOOST_AUTO_TEST_SUITE(arithmetic)

// Go: Max(x, NaN) is NaN, Max(x, +Inf) is +Inf whatever x is.
BOOST_AUTO_TEST_CASE(extremes_follow_go) {
    BOOST_TEST(max_of(1, 2) == 2);
    BOOST_TEST(std::isnan(max_of(1, nan)));
    BOOST_TEST(max_of(nan, infinity) == infinity);
    BOOST_TEST(std::isnan(max_of(nan, -infinity)));
    BOOST_TEST(min_of(nan, -infinity) == -infinity);
    BOOST_TEST(min_of(1, 2) == 1);
}

BOOST_AUTO_TEST_CASE(a_compensated_sum_keeps_what_rounding_drops) {
    CompensatedSum sum;
    for (const double value : {1.0, 1e100, 1.0, -1e100}) {
        sum.add(value);
    }
    BOOST_TEST(sum.total() == 2);  // a plain sum gives 0
}

BOOST_AUTO_TEST_CASE(calculates_and_compares) {
    BOOST_TEST(calculated(Operator::modulo, -7, 3) == -1);  // the sign of the dividend, as Go's Mod
    BOOST_TEST(calculated(Operator::power, 2, 10) == 1024);
    BOOST_TEST(calculated(Operator::divide, 1, 0) == infinity);
    BOOST_TEST(calculated(Operator::atan2, 0, -1) == std::atan2(0.0, -1.0));
    BOOST_TEST(compares(Operator::not_equal, nan, nan));
    BOOST_TEST(!compares(Operator::equal, nan, nan));
    BOOST_TEST(!compares(Operator::less_equal, nan, 1));
}

double quantile(double q, std::vector<double> values) {
    return quantile_of(q, values);
}

BOOST_AUTO_TEST_CASE(quantiles_lie_between_the_two_nearest) {
    BOOST_TEST(quantile(0.5, {3, 1, 2}) == 2);
    BOOST_TEST(quantile(0.75, {1, 2, 3, 4}) == 3.25);  // rank 0.75 * 3 = 2.25: 3 * 0.75 + 4 * 0.25
    BOOST_TEST(quantile(1, {1, 5}) == 5);
    BOOST_TEST(quantile(-0.1, {1}) == -infinity);
    BOOST_TEST(quantile(1.1, {1}) == infinity);
    BOOST_TEST(std::isnan(quantile(nan, {1})));
    BOOST_TEST(std::isnan(quantile(0.5, {})));
    BOOST_TEST(quantile(1, {2, nan, 1}) == 2);
    BOOST_TEST(std::isnan(quantile(0, {2, nan, 1})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
