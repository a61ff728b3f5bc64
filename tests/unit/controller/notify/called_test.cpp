// Rows of escalations: each call goes to the receiver that it names, by itself and at once.
#include "tests/unit/controller/notify/routed_world.hpp"

namespace vigie::controller::notify {
namespace {

// `team` is a receiver of the file; `phone` a webhook that is only called; `all` one that hears of everything.
struct Called : World {
    Called() : World(by_name) {
        targets.push_back({.name = "phone", .is_called_only = true});
        targets.push_back({.name = "all"});
        restart();
    }
    Notification row(const std::string& receiver, uint32_t call, bool is_resolved = false) const {
        Notification one;
        one.receiver = receiver;
        one.call = call;
        one.alert_id = "A1";
        one.labels = {{"alertname", "A"}, {"instance", "A1"}};
        one.starts_at = epoch;
        one.is_resolved = is_resolved;
        one.ends_at = is_resolved ? now().wall : WallTime{};
        return one;
    }
    void call(const std::string& receiver, uint32_t count) { owe(row(receiver, count)); }
    void recover(const std::string& receiver, uint32_t count) { owe(row(receiver, count, true)); }
    // What was taken by whom: "phone A1", "phone -A1".
    std::vector<std::string> heard() const {
        std::vector<std::string> all;
        for (const auto& post : posts) {
            if (post.status == 200) {
                all.push_back(post.message.receiver + " " + post.text());
            }
        }
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(called, Called)

BOOST_AUTO_TEST_CASE(who_is_only_called_hears_of_nothing_else) {
    fire("A1");
    run_for(1min);
    SAME(heard(), "all A1", "team A1");
    call("phone", 1);
    run_for(1min);
    SAME(heard(), "all A1", "team A1", "phone A1");
    restart();
    end("A1");
    recover("phone", 1);
    run_for(10min);
    SAME(heard(), "all A1", "team A1", "phone A1", "phone -A1", "all -A1", "team -A1");
    BOOST_TEST(rows.empty());
    BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(each_call_is_told_with_a_key_of_its_own_and_the_recovery_once) {
    call("phone", 1);
    run_for(1min);
    call("phone", 2);
    run_for(1min);
    SAME(heard(), "phone A1", "phone A1");
    const auto ms = unix_ms(epoch);
    BOOST_TEST(posts[0].key == fmt::format("A1-{}-firing-phone", ms));
    BOOST_TEST(posts[1].key == fmt::format("A1-{}-firing-phone+2", ms));
    restart();
    run_for(1h);
    BOOST_TEST(posts.size() == 2u);
    recover("phone", 2);
    run_for(1h);
    SAME(heard(), "phone A1", "phone A1", "phone -A1");
    BOOST_TEST(posts[2].key == fmt::format("A1-{}-resolved-phone+2", ms));
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(who_was_called_long_before_a_restart_hears_of_the_end) {
    fire("A1");
    call("phone", 1);
    run_for(1min);
    forgotten_before = now().wall + 1h;
    restart();
    posts.clear();
    end("A1");
    recover("phone", 1);
    run_for(10min);
    SAME(heard(), "phone -A1", "all -A1", "team -A1");
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(a_receiver_of_the_file_is_called_at_once_beside_its_routes) {
    call("team", 1);
    run_for(0s);
    SAME(heard(), "team A1");
    fire("A1");
    run_for(1min);
    SAME(heard(), "team A1", "all A1", "team A1");  // the group of its route has a wait, and tells too
    restart();
    run_for(10min);
    BOOST_TEST(posts.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_call_that_was_not_taken_comes_again_after_a_restart_with_the_same_key) {
    hook = [](milliseconds at) { return at < 1min ? 503 : 200; };
    call("phone", 1);
    run_for(10s);
    BOOST_TEST(!posts.empty());
    BOOST_TEST(heard().empty());
    restart();
    run_for(10min);
    SAME(heard(), "phone A1");
    BOOST_TEST(posts.back().key == posts.front().key);
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(a_call_that_is_refused_comes_again_until_it_is_taken_or_the_alert_is_over) {
    hook = [](milliseconds at) { return at < 10min ? 401 : 200; };
    call("phone", 1);
    run_for(5min);
    BOOST_TEST(posts.size() == 6u);  // at once, and each minute
    restart();
    run_for(10min);
    SAME(heard(), "phone A1");
    BOOST_TEST(rows.empty());
    hook = [](milliseconds) { return 401; };
    call("phone", 2);
    run_for(1min);
    recover("phone", 2);
    run_for(10min);
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(several_calls_while_the_receiver_is_dead_are_one_when_it_is_back) {
    hook = [](milliseconds at) { return at < 30min ? 503 : 200; };
    call("phone", 1);
    run_for(10min);
    call("phone", 2);
    run_for(1h);
    SAME(heard(), "phone A1");
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(a_call_waits_for_the_end_of_a_silence_over_a_restart) {
    silence("alertname=A", 1h);
    call("phone", 1);
    run_for(10min);
    BOOST_TEST(rows.size() == 1u);
    restart();
    run_for(49min);
    BOOST_TEST(posts.empty());
    run_for(2min);
    SAME(heard(), "phone A1");
    BOOST_TEST(rows.empty());
}

// The phone is dead, and somebody else says meanwhile that they have it.
BOOST_AUTO_TEST_CASE(a_call_that_waits_is_held_back_while_somebody_has_the_alert_in_hand) {
    hook = [](milliseconds at) { return at < 10min ? 503 : 200; };
    call("phone", 1);
    run_for(5min);
    const auto attempts = posts.size();
    queue->set_in_hand(InHand{{"A1", epoch}}, now());
    run_for(1h);
    BOOST_TEST(posts.size() == attempts);
    BOOST_TEST(rows.size() == 1u);
    queue->set_in_hand(InHand{}, now());
    run_for(1min);
    SAME(heard(), "phone A1");
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(only_calls_for_that_episode_are_held_back) {
    queue->set_in_hand(InHand{{"A1", epoch - 1h}}, now());
    call("phone", 1);
    run_for(1min);
    queue->set_in_hand(InHand{{"A1", epoch}}, now());
    fire("A1");
    recover("phone", 1);
    run_for(1min);
    SAME(heard(), "phone A1", "phone -A1", "all A1", "team A1");
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(what_ends_in_a_silence_is_not_told) {
    silence("alertname=A", 1h);
    call("phone", 1);
    run_for(10min);
    recover("phone", 1);
    run_for(2h);
    BOOST_TEST(posts.empty());
    BOOST_TEST(rows.empty());
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_no_longer_configured_is_given_up) {
    call("pager", 1);
    const auto settled = queue->take_settled();
    BOOST_REQUIRE(settled.given_up.size() == 1u);
    BOOST_TEST(settled.given_up[0].reason == "receiver 'pager' is no longer configured");
    BOOST_TEST(settled.done.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::notify
