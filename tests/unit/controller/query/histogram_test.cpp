#include "controller/query/histogram.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

using query::Bucket;

double quantile(double q, std::vector<Bucket> buckets) {
    return query::quantile_of_buckets(q, buckets);
}

BOOST_AUTO_TEST_SUITE(histogram)

// 10 values up to 1, 20 more up to 2, 10 more up to 4. The median is the 20th: 10 of the 20 into (1, 2].
BOOST_AUTO_TEST_CASE(values_lie_evenly_within_a_bucket) {
    const std::vector<Bucket> buckets{{1, 10}, {2, 30}, {4, 40}, {INFINITY, 40}};
    BOOST_TEST(quantile(0.5, buckets) == 1.5);
    BOOST_TEST(quantile(0.125, buckets) == 0.5);  // the 5th of 10 into (0, 1]
    BOOST_TEST(quantile(1, buckets) == 4);
    BOOST_TEST(quantile(0, buckets) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_last_bound_counts_as_it) {
    BOOST_TEST(quantile(0.9, {{1, 5}, {2, 5}, {INFINITY, 10}}) == 2);
    BOOST_TEST(quantile(0.1, {{-5, 3}, {5, 6}, {INFINITY, 10}}) == -5);
}

BOOST_AUTO_TEST_CASE(some_histograms_have_no_quantile) {
    BOOST_TEST(std::isnan(quantile(0.5, {{1, 10}, {2, 20}})));
    BOOST_TEST(std::isnan(quantile(0.5, {{INFINITY, 4}})));
    BOOST_TEST(std::isnan(quantile(0.5, {{1, 0}, {INFINITY, 0}})));
    BOOST_TEST(std::isnan(quantile(std::nan(""), {{1, 1}, {INFINITY, 1}})));
    BOOST_TEST(quantile(-1, {{1, 1}, {INFINITY, 1}}) == -INFINITY);
    BOOST_TEST(quantile(2, {{1, 1}, {INFINITY, 1}}) == INFINITY);
}

// 10, 8, 30 are taken for 10, 10, 30: the 15th is 5 of 20 into (2, 4]. Two buckets of one bound are one.
BOOST_AUTO_TEST_CASE(counts_that_fall_are_raised_and_same_bounds_added) {
    BOOST_TEST(quantile(0.5, {{1, 10}, {2, 8}, {4, 30}, {INFINITY, 30}}) == 2.5);
    BOOST_TEST(quantile(0.5, {{1, 4}, {1, 6}, {2, 20}, {INFINITY, 20}}) == 1);
}

BOOST_AUTO_TEST_CASE(groups_buckets_by_their_other_labels) {
    Asked fleet;
    for (const auto* host : {"a", "b"}) {
        for (const auto& [le, count] : {std::pair("1", 10.0), std::pair("2", host[0] == 'a' ? 20.0 : 30.0),
                                        std::pair("+Inf", host[0] == 'a' ? 20.0 : 30.0), std::pair("oops", 7.0)}) {
            fleet.add({{"__name__", "h_bucket"}, {"host", host}, {"le", le}}, {count});
        }
    }
    BOOST_TEST(fleet.at("histogram_quantile(0.75, h_bucket)", 0) == R"({host="a"} 1.5; {host="b"} 1.625)");
    BOOST_TEST(fleet.at("histogram_quantile(0.5, sum by (le) (h_bucket))", 0).starts_with("1.1666"));  // 25th: 5 / 30
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
