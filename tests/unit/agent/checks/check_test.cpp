#include "agent/checks/check.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(check_words)

BOOST_AUTO_TEST_CASE(states_are_called_as_nagios_calls_them) {
    BOOST_TEST(name_of(CheckStatus::ok) == "OK");
    BOOST_TEST(name_of(CheckStatus::warning) == "WARNING");
    BOOST_TEST(name_of(CheckStatus::critical) == "CRITICAL");
    BOOST_TEST(name_of(CheckStatus::unknown) == "UNKNOWN");
}

BOOST_AUTO_TEST_CASE(a_setting_that_is_not_there_is_empty) {
    const Settings settings{{"host", {"db", "other"}}, {"empty", {}}};
    BOOST_TEST(first_of(settings, "host") == "db");
    BOOST_TEST(first_of(settings, "empty").empty());
    BOOST_TEST(first_of(settings, "port").empty());
}

BOOST_AUTO_TEST_SUITE_END()
