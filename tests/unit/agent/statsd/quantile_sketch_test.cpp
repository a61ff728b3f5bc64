// Quantiles beside those of the sorted values.
#include "agent/statsd/quantile_sketch.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

namespace vigie::agent {
namespace {

// The value that has the rank q * (n - 1), rounded down.
double true_quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

void expect_near(const std::vector<double>& values) {
    QuantileSketch sketch;
    for (const auto value : values) {
        sketch.add(value, 1);
    }
    for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0}) {
        const auto wanted = true_quantile(values, q);
        const auto got = sketch.quantile(q).value();
        BOOST_TEST(std::abs(got - wanted) <= std::abs(wanted) * (quantile_relative_error + 1e-9),
                   "quantile " << q << ": " << got << " instead of " << wanted);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quantile_sketch)

BOOST_AUTO_TEST_CASE(quantiles_are_at_most_one_percent_off) {
    std::vector<double> even;
    std::vector<double> skewed;
    std::vector<double> both_signs;
    for (int i = 1; i <= 10'000; ++i) {
        even.push_back(i);
        skewed.push_back(0.001 * std::pow(10, 4.0 * i / 10'000));  // from a millisecond to ten seconds
        both_signs.push_back(i % 201 - 100);
    }
    expect_near(even);
    expect_near(skewed);
    expect_near(both_signs);
    expect_near({0, 0, 5});
    expect_near({1e-9, 3e300});
    expect_near({-1.79e308, 1.79e308});
}

BOOST_AUTO_TEST_CASE(a_value_of_a_rate_stands_for_many) {
    QuantileSketch sketch;
    sketch.add(1, 1);
    sketch.add(100, 10);
    BOOST_TEST(std::abs(sketch.quantile(0.5).value() - 100) <= 1);
    BOOST_TEST(std::abs(sketch.quantile(0).value() - 1) <= 0.01);
}

BOOST_AUTO_TEST_CASE(without_values_there_is_no_quantile) {
    QuantileSketch sketch;
    BOOST_TEST(!sketch.quantile(0.5));
    sketch.add(1, 1);
    sketch.clear();
    BOOST_TEST(!sketch.quantile(0.5));
}

// Spread over e^600 in both directions: the lowest share a bucket, the upper quantiles stay exact.
BOOST_AUTO_TEST_CASE(memory_is_bounded_and_the_upper_quantiles_stay) {
    for (const double sign : {1.0, -1.0}) {
        QuantileSketch sketch;
        std::vector<double> values;
        for (int i = 0; i < 20'000; ++i) {
            values.push_back(std::exp(sign * (0.03 * i - 300)));
            sketch.add(values.back(), 1);
        }
        BOOST_TEST(sketch.bytes() == 8'192u);
        const auto wanted = true_quantile(values, 0.99);
        BOOST_TEST(std::abs(sketch.quantile(0.99).value() - wanted) <= wanted * 1.001 * quantile_relative_error);
    }
}

BOOST_AUTO_TEST_CASE(a_value_below_all_others_counts_when_memory_is_full) {
    QuantileSketch sketch;
    for (int i = 0; i < 1'000; ++i) {
        sketch.add(std::exp(0.03 * i), 1);
    }
    sketch.add(1e-9, 1e6);
    BOOST_TEST(sketch.quantile(0.5).value() < sketch.quantile(1).value() / 1'000);
}

BOOST_AUTO_TEST_CASE(memory_without_values_is_given_back) {
    QuantileSketch sketch;
    sketch.add(1, 1);
    sketch.clear();
    BOOST_TEST(sketch.bytes() > 0u);
    sketch.clear();
    BOOST_TEST(sketch.bytes() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
