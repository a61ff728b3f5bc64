#include "shared/log/log.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(throttle)

BOOST_AUTO_TEST_CASE(lets_a_few_pass_in_each_period_and_tells_of_the_rest) {
    log::Throttle lines{.lines_max = 2, .period = 60s};
    const MonoTime start{};
    BOOST_TEST(lines.admit(start).value() == 0u);
    BOOST_TEST(lines.admit(start + 1s).value() == 0u);
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(!lines.admit(start + 2s).has_value());
    }
    BOOST_TEST(lines.admit(start + 60s).value() == 5u);
    BOOST_TEST(lines.admit(start + 61s).value() == 0u);
    BOOST_TEST(!lines.admit(start + 119s).has_value());
}

BOOST_AUTO_TEST_CASE(says_how_many_were_left_out) {
    BOOST_TEST(log::and_more(0).empty());
    BOOST_TEST(log::and_more(5) == " (and 5 more like it)");
}

BOOST_AUTO_TEST_SUITE_END()
