// Counting what is different.
#include "agent/statsd/unique_values.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(unique_values)

BOOST_AUTO_TEST_CASE(a_few_are_counted_exactly_however_often_they_come) {
    UniqueValues values;
    for (int i = 0; i < 3 * 500; ++i) {
        values.add(std::to_string(i % 500));
    }
    BOOST_TEST(values.count() == 500);
    values.clear();
    BOOST_TEST(values.count() == 0);
    values.add("again");
    BOOST_TEST(values.count() == 1);
}

// Three times the standard error of 1.6 %: the hash is fixed, so this can't flicker.
BOOST_AUTO_TEST_CASE(many_are_counted_within_five_percent) {
    for (const int many : {501, 2'000, 10'000, 300'000}) {
        UniqueValues values;
        for (int i = 0; i < many; ++i) {
            values.add("user-" + std::to_string(i));
        }
        BOOST_TEST(std::abs(values.count() - many) <= 0.05 * many, many << " counted as " << values.count());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
