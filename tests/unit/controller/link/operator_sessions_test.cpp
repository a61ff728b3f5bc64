#include "controller/link/operator_sessions.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
using Verdict = OperatorSessions::Verdict;

struct Sessions {
    OperatorLimits limits{.connections_max = 2, .connections_per_key_max = 2, .requests_per_second_max = 10};
    OperatorSessions sessions{limits};
    MonoTime now{1h};

    OperatorSessions::Admission admit(const std::string& id, const std::string& key = "anna") {
        return sessions.admit(id, key, {.fd = id.back(), .peer_port = 1}, now);
    }
    Verdict ask(const std::string& id, const std::string& key = "anna") {
        const auto verdict = admit(id, key).verdict;
        if (verdict == Verdict::ask) {
            BOOST_TEST(sessions.answered(id));
        }
        return verdict;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(operator_sessions, Sessions)

BOOST_AUTO_TEST_CASE(one_request_at_a_time_on_a_connection) {
    BOOST_TEST((admit("a").verdict == Verdict::ask));
    BOOST_TEST((admit("a").verdict == Verdict::busy));
    BOOST_TEST((admit("b").verdict == Verdict::ask));
    BOOST_TEST(sessions.answered("a"));
    BOOST_TEST((admit("a").verdict == Verdict::ask));
}

BOOST_AUTO_TEST_CASE(a_key_asks_so_often_and_others_are_not_held_up) {
    for (int i = 0; i < 20; ++i) {  // what two seconds give
        BOOST_TEST((ask(i % 2 == 0 ? "a" : "b") == Verdict::ask));
    }
    BOOST_TEST((ask("a") == Verdict::slow));
    BOOST_TEST((ask("c", "bert") == Verdict::ask));
    now += 1s;  // ten more, less the one that was refused
    for (int i = 0; i < 9; ++i) {
        BOOST_TEST((ask("a") == Verdict::ask));
    }
    BOOST_TEST((ask("a") == Verdict::slow));
}

BOOST_AUTO_TEST_CASE(whoever_goes_on_asking_is_cut_and_may_come_back) {
    int asked = 0;
    auto admission = admit("a");
    for (; admission.verdict != Verdict::flood && asked < 1'000; ++asked) {
        sessions.answered("a");
        admission = admit("a");
    }
    BOOST_TEST(asked == 20 + 50 - 1);  // the burst, and five seconds' worth of refusals
    BOOST_REQUIRE(admission.to_cut.has_value());
    BOOST_TEST(admission.to_cut->fd == 'a');
    BOOST_TEST(sessions.size() == 0u);
    now += 6s;
    BOOST_TEST((ask("b") == Verdict::ask));
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_of_a_key_ends_the_one_that_was_quiet_for_longest) {
    ask("a");
    now += 1s;
    ask("b");
    ask("x", "bert");
    now += 1s;
    ask("a");
    const auto admission = admit("c");
    BOOST_REQUIRE(admission.to_cut.has_value());
    BOOST_TEST(admission.to_cut->fd == 'b');
    BOOST_TEST(!sessions.answered("b"));
    BOOST_TEST(sessions.answered("a"));
}

BOOST_AUTO_TEST_CASE(connections_that_ended_unseen_do_not_pile_up) {
    for (int i = 0; i < 1'000; ++i) {
        now += 1s;
        admit(std::to_string(i), "key " + std::to_string(i));
    }
    BOOST_TEST(sessions.size() <= 8u);
}

BOOST_AUTO_TEST_CASE(a_removed_keys_connections_end) {
    ask("a");
    ask("x", "bert");
    const auto ended = sessions.end_all_but({"bert"});
    BOOST_REQUIRE(ended.size() == 1u);
    BOOST_TEST(ended.front().fd == 'a');
    BOOST_TEST(sessions.size() == 1u);
    BOOST_TEST(sessions.end("x").has_value());
    BOOST_TEST(!sessions.end("x").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
