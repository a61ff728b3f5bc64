#include "agent/probes/unit_state.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(unit_state)

BOOST_AUTO_TEST_CASE(reads_the_three_states_in_any_order) {
    const auto state = parse_unit_state("SubState=running\nLoadState=loaded\nActiveState=active\n");
    BOOST_REQUIRE(state);
    BOOST_TEST(state->load == "loaded");
    BOOST_TEST(state->active == "active");
    BOOST_TEST(state->sub == "running");
}

BOOST_AUTO_TEST_CASE(is_nothing_when_one_is_missing) {
    BOOST_TEST(!parse_unit_state("LoadState=loaded\nActiveState=\nSubState=dead\n"));
    BOOST_TEST(!parse_unit_state("Failed to connect to bus: No such file or directory\n"));
    BOOST_TEST(!parse_unit_state(""));
}

BOOST_AUTO_TEST_SUITE_END()
