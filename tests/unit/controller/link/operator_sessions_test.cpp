#include "controller/link/operator_sessions.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
using Verdict = OperatorSessions::Verdict;

struct Sessions {
    OperatorLimits limits{
        .connections_max = 4, .connections_per_key_max = 2, .requests_per_second_max = 10, .quiet_max = 5min};
    std::set<int> gone;  // descriptors
    OperatorSessions sessions{limits,
                              [this](const protocol::Connection& connection) { return !gone.contains(connection.fd); }};
    MonoTime now{1h};

    OperatorSessions::Admission admit(const std::string& id, const std::string& key = "anna") {
        return sessions.admit(id, key, {.fd = id.back(), .peer_port = 1}, now);
    }
    Verdict ask(const std::string& id, const std::string& key = "anna") {
        const auto verdict = admit(id, key).verdict;
        if (verdict == Verdict::ask) {
            BOOST_TEST(sessions.answered(id, now));
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
    BOOST_TEST(sessions.answered("a", now));
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
        sessions.answered("a", now);
        admission = admit("a");
    }
    BOOST_TEST(asked == 20 + 50 - 1);  // the burst, and five seconds' worth of refusals
    BOOST_REQUIRE(admission.to_cut.size() == 1u);
    BOOST_TEST(admission.to_cut[0].connection.fd == 'a');
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
    BOOST_REQUIRE(admission.to_cut.size() == 1u);
    BOOST_TEST(admission.to_cut[0].connection.fd == 'b');
    BOOST_TEST(admission.to_cut[0].key == "anna");
    BOOST_TEST(!sessions.answered("b", now));
    BOOST_TEST(sessions.answered("a", now));
}

BOOST_AUTO_TEST_CASE(a_flood_from_a_new_connection_takes_nobodys_room) {
    ask("a");
    ask("b");
    for (int i = 2; i < 20 + 50 - 1; ++i) {
        BOOST_TEST((ask("a") != Verdict::flood));
    }
    const auto admission = admit("c");
    BOOST_TEST((admission.verdict == Verdict::flood));
    BOOST_REQUIRE(admission.to_cut.size() == 1u);
    BOOST_TEST(admission.to_cut[0].connection.fd == 'c');
    BOOST_TEST(sessions.answered("a", now));
    BOOST_TEST(sessions.answered("b", now));
}

BOOST_AUTO_TEST_CASE(connections_that_have_ended_make_way_before_one_that_waits) {
    BOOST_TEST((admit("a").verdict == Verdict::ask));  // no answer yet
    for (int i = 0; i < 20; ++i) {
        now += 1s;
        const auto id = std::string(1, static_cast<char>('b' + i));
        BOOST_TEST(admit(id).to_cut.empty(), id);
        BOOST_TEST(sessions.answered(id, now));
        gone.insert(id.back());
    }
    BOOST_TEST(sessions.answered("a", now));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_makes_way_before_an_older_one_that_waits) {
    admit("a");
    now += 1s;
    ask("b");
    const auto admission = admit("c");
    BOOST_REQUIRE(admission.to_cut.size() == 1u);
    BOOST_TEST(admission.to_cut[0].connection.fd == 'b');
    const auto next = admit("d");  // all wait: the oldest goes
    BOOST_REQUIRE(next.to_cut.size() == 1u);
    BOOST_TEST(next.to_cut[0].connection.fd == 'a');
}

BOOST_AUTO_TEST_CASE(a_full_table_cuts_what_it_forgets) {
    std::set<int> cut;
    for (char id = 'a'; id < 'a' + 20; ++id) {
        now += 1s;
        for (const auto& ended : admit(std::string(1, id), std::string("key ") + id).to_cut) {
            cut.insert(ended.connection.fd);
        }
    }
    BOOST_TEST(sessions.size() == 4u);
    BOOST_TEST(cut.size() == 16u);
    BOOST_TEST(cut.contains('a'));
}

BOOST_AUTO_TEST_CASE(whoever_is_quiet_for_minutes_ends_unless_it_waits) {
    ask("a");
    admit("x", "bert");
    now += 5min;
    BOOST_TEST(sessions.end_quiet(now).empty());
    now += 1ms;
    const auto ended = sessions.end_quiet(now);
    BOOST_REQUIRE(ended.size() == 1u);
    BOOST_TEST(ended.front().fd == 'a');
    BOOST_TEST(sessions.answered("x", now));
    BOOST_TEST(sessions.end_quiet(now).empty());  // it has its answer only now
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
