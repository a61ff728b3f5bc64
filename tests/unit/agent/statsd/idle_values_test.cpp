// What is kept, and what makes way.
#include "agent/statsd/idle_values.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(idle_values)

BOOST_AUTO_TEST_CASE(a_value_is_given_once) {
    IdleValues idle(10);
    idle.put(1, {.value = 5, .count = 2});
    BOOST_TEST(idle.has(1));
    const auto taken = idle.take(1);
    BOOST_REQUIRE(taken.has_value());
    BOOST_TEST(taken->value == 5);
    BOOST_TEST(taken->count == 2);
    BOOST_TEST(!idle.has(1));
    BOOST_TEST(!idle.take(1).has_value());
}

BOOST_AUTO_TEST_CASE(when_it_is_full_the_oldest_makes_way) {
    IdleValues idle(2);
    idle.put(1, {.value = 1});
    idle.put(2, {.value = 2});
    idle.put(1, {.value = 3});  // came back and went again
    idle.put(4, {.value = 4});
    BOOST_TEST(!idle.has(2));
    BOOST_TEST(idle.take(1).value().value == 3);
    BOOST_TEST(idle.take(4).value().value == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
