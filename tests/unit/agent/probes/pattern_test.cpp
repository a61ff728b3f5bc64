#include "agent/probes/pattern.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(pattern)

BOOST_AUTO_TEST_CASE(is_found_anywhere_and_by_lines) {
    const auto pattern = Pattern::make("^status: (ok|fine)$").value();
    BOOST_TEST(pattern.is_in("a\nstatus: fine\nb"));
    BOOST_TEST(!pattern.is_in("status: finer"));
}

BOOST_AUTO_TEST_CASE(says_why_it_is_none) {
    const auto pattern = Pattern::make("(");
    BOOST_REQUIRE(!pattern);
    BOOST_TEST(pattern.error().message.starts_with("'(' is not a regular expression: "));
}

BOOST_AUTO_TEST_SUITE_END()
