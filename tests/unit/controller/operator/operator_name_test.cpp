#include "controller/operator/operator_name.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::controller;

BOOST_AUTO_TEST_SUITE(operator_name)

BOOST_AUTO_TEST_CASE(is_one_word_that_nobody_else_has_in_the_log) {
    for (const auto* name : {"anna", "Anna-2", "a.b_c"}) {
        BOOST_TEST(is_operator_name(name), name);
    }
    for (const auto* name : {"", "7", "uid 7", "uid", "controller", "host", "-x", "an na", "an\nna"}) {
        BOOST_TEST(!is_operator_name(name), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
