#include "controller/query/budget.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/manual_clock.hpp"

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(counts_all_samples_together) {
    Budget budget({.samples_max = 10}, nullptr, nullptr);
    BOOST_TEST(budget.take(6).has_value());
    BOOST_TEST(budget.take(4).has_value());
    const auto refused = budget.take(1);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
    BOOST_TEST(refused.error().message.find("more than 10 samples") != std::string::npos);
    BOOST_TEST(!budget.take(static_cast<size_t>(-1)));
}

BOOST_AUTO_TEST_CASE(ends_when_its_time_is_over) {
    tests::ManualClock clock;
    Budget budget({.time_max = 10s}, &clock, nullptr);
    clock.advance(10s);
    BOOST_TEST(budget.spend(1'000'000).has_value());
    clock.advance(1ms);
    BOOST_TEST(budget.spend(1).has_value());  // too little work to look at the clock
    const auto late = budget.spend(1'000'000);
    BOOST_REQUIRE(!late);
    BOOST_TEST((late.error().code == ErrorCode::timed_out));
    BOOST_TEST(late.error().message.find("longer than 10s") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ends_when_it_is_cancelled) {
    std::atomic<bool> cancelled = false;
    Budget budget({}, nullptr, &cancelled);
    BOOST_TEST(budget.spend(1'000'000).has_value());
    cancelled = true;
    BOOST_TEST((budget.spend(1'000'000).error().code == ErrorCode::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
