// Turns: how many at once, who is next, and when one ends.
#include "controller/link/replay_credit.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;
using protocol::Stream;

namespace {
constexpr ReplayLimits limits{.under_way_max = 2_MiB,  // two turns
                              .share = 1_MiB,
                              .turn_bytes_max = 4_MiB,
                              .turn_time_max = 10s};

struct Line {
    ReplayCredit credit{limits};
    MonoTime now{};

    std::vector<std::string> begin() {
        std::vector<std::string> names;
        for (const auto& [agent, stream] : credit.begin_turns(now)) {
            names.push_back(fmt::format("{}/{}", agent.value, static_cast<int>(stream)));
        }
        return names;
    }
};
using Names = std::vector<std::string>;
}  // namespace

BOOST_FIXTURE_TEST_SUITE(replay_credit, Line)

BOOST_AUTO_TEST_CASE(as_many_turns_as_shares_fit_into_what_may_be_under_way) {
    for (const char* name : {"a", "b", "c"}) {
        credit.ask({name}, Stream::metrics);
    }
    BOOST_TEST(begin() == (Names{"a/1", "b/1"}), boost::test_tools::per_element());
    BOOST_TEST(begin() == Names{}, boost::test_tools::per_element());
    BOOST_TEST(credit.waiting() == 1u);
    credit.leave({"a"}, Stream::metrics);
    BOOST_TEST(begin() == Names{"c/1"}, boost::test_tools::per_element());
    credit.leave({"b"});
    credit.leave({"c"});
    BOOST_TEST(credit.is_idle());
}

BOOST_AUTO_TEST_CASE(results_come_before_metrics_and_logs) {
    credit.ask({"a"}, Stream::logs);
    credit.ask({"a"}, Stream::metrics);
    credit.ask({"a"}, Stream::results);
    BOOST_TEST(begin() == (Names{"a/0", "a/1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_backlog_goes_to_the_end_of_the_line_after_its_turn) {
    for (const char* name : {"a", "b", "c"}) {
        credit.ask({name}, Stream::metrics);
    }
    begin();
    for (int mib = 1; mib <= 3; ++mib) {
        BOOST_TEST(!credit.use({"a"}, Stream::metrics, 1 << 20));
    }
    BOOST_TEST(credit.use({"a"}, Stream::metrics, 1 << 20));  // 4 MiB
    BOOST_TEST(!credit.has_turn({"a"}, Stream::metrics));
    BOOST_TEST(!credit.use({"a"}, Stream::metrics, 1 << 20));  // what was under way comes without a turn
    BOOST_TEST(begin() == Names{"c/1"}, boost::test_tools::per_element());
    credit.leave({"b"});
    BOOST_TEST(begin() == Names{"a/1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_turn_that_nobody_uses_ends) {
    for (const char* name : {"a", "b", "c"}) {
        credit.ask({name}, Stream::metrics);
    }
    begin();
    now += 9'999ms;
    BOOST_TEST(credit.expire(now).empty());
    now += 1ms;
    BOOST_TEST(credit.expire(now).size() == 2u);
    BOOST_TEST(begin() == (Names{"c/1", "a/1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_asks_twice_stands_once_and_who_left_gets_no_turn) {
    credit.ask({"a"}, Stream::metrics);
    credit.ask({"b"}, Stream::metrics);
    credit.ask({"a"}, Stream::metrics);  // a new session: at the end again
    credit.ask({"c"}, Stream::metrics);
    credit.leave({"c"});
    BOOST_TEST(begin() == (Names{"b/1", "a/1"}), boost::test_tools::per_element());
    BOOST_TEST(credit.waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
