#include "agent/checks/event_budget.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

BOOST_AUTO_TEST_SUITE(event_budget)

BOOST_AUTO_TEST_CASE(lets_twenty_through_and_then_one_each_three_minutes) {
    EventBudget budget;
    MonoTime now{std::chrono::hours{5}};
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(budget.spend(now));
    }
    BOOST_TEST(!budget.spend(now));
    BOOST_TEST(!budget.spend(now + 179s));
    BOOST_TEST(budget.spend(now + 180s));
    BOOST_TEST(!budget.spend(now + 181s));
    BOOST_TEST(budget.take_untold() == 3u);
    BOOST_TEST(budget.take_untold() == 0u);
}

BOOST_AUTO_TEST_CASE(saves_no_more_than_twenty) {
    EventBudget budget;
    MonoTime now{std::chrono::hours{5}};
    BOOST_TEST(budget.spend(now));
    now += std::chrono::hours{48};
    int told = 0;
    while (budget.spend(now)) {
        ++told;
    }
    BOOST_TEST(told == 20);
}

BOOST_AUTO_TEST_SUITE_END()
