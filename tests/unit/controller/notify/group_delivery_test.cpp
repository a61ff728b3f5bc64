// Groups, their waits, repeats and restarts on a simulated clock.
#include "tests/unit/controller/notify/routed_world.hpp"

namespace vigie::controller::notify {
namespace {

Notification firing(const std::string& alert_id) {
    Notification one;
    one.alert_id = alert_id;
    one.labels = {{"alertname", "A"}};
    one.starts_at = epoch;
    return one;
}

BOOST_AUTO_TEST_SUITE(group_delivery)

BOOST_AUTO_TEST_CASE(a_group_waits_then_tells_its_changes_at_its_interval_and_repeats) {
    World world(by_name);
    world.fire("A1");
    world.run_for(20s);
    world.fire("A2");
    world.fire("B1");
    world.run_for(1min);  // at 1m20s
    SAME(world.taken(), "30s A1 A2", "50s B1");
    BOOST_TEST(world.posts[0].message.group_key == R"({}:{alertname="A"})");
    world.fire("A3");
    world.end("A1");
    world.run_for(10min);
    SAME(world.taken(), "30s A1 A2", "50s B1", "5m30s -A1 A2 A3");
    BOOST_TEST(world.rows.empty());
    // Repeated when more than 4 h have gone by since the last message, at a turn of the group: 48 turns are 4 h
    // exactly.
    world.run_for(4h);
    SAME(world.taken(), "30s A1 A2", "50s B1", "5m30s -A1 A2 A3", "4h5m50s B1", "4h10m30s A2 A3");
    BOOST_TEST(world.posts[1].key != world.posts[3].key);
    world.end("A2");
    world.end("A3");
    world.run_for(10min);
    BOOST_TEST(world.taken().back() == "4h15m30s -A2 -A3");
    BOOST_TEST(world.rows.empty());
    BOOST_TEST(world.told.size() == 1U);  // of B
}

BOOST_AUTO_TEST_CASE(what_is_over_before_its_group_has_waited_is_not_told) {
    World world(by_name);
    world.fire("A1");
    world.run_for(20s);
    world.end("A1");
    world.run_for(1h);
    BOOST_TEST(world.posts.empty());
    BOOST_TEST(world.rows.empty());
    BOOST_TEST(!world.queue->next_due().has_value());
}

// A mail of which some recipients have it: the next attempt is for the others, a new message for all.
BOOST_AUTO_TEST_CASE(who_of_a_mails_recipients_has_it_gets_no_second_one) {
    World world(by_name);
    world.fire("A1");
    world.fire("B1");
    world.run_for(29s);
    BOOST_TEST(world.posts.empty());
    world.mono += nanoseconds(1s);
    auto due = world.queue->take_due(world.now());
    BOOST_REQUIRE(due.size() == 2U);
    const auto partly = [&](uint64_t number, int status, std::string left_out = "") {
        Answer answer{number, status, {}, ""};
        answer.is_mail = true;
        answer.done_with = {"anna@example.org"};
        answer.left_out = std::move(left_out);
        world.queue->finish(answer, world.now());
    };
    partly(due[0].number, 451);
    BOOST_TEST(world.queue->targets()[0].failures == 0U);  // the server is well
    BOOST_TEST(world.queue->targets()[0].last_problem == "answered SMTP 451");
    partly(due[1].number, 250, "ben@example.org (SMTP 550)");
    BOOST_TEST(world.queue->targets()[0].last_problem == "never taken for ben@example.org (SMTP 550)");
    auto settled = world.queue->take_settled();
    BOOST_REQUIRE(settled.attempts.size() == 2U);
    BOOST_TEST(settled.attempts[1].problem == "never taken for ben@example.org (SMTP 550)");
    BOOST_TEST(settled.told.size() == 1U);
    world.mono += nanoseconds(backoff_max);
    due = world.queue->take_due(world.now());
    BOOST_REQUIRE(due.size() == 1U);
    BOOST_TEST(due[0].done_with.contains("anna@example.org"));
    Answer refused{due[0].number, 550, {}, ""};
    refused.is_mail = true;
    refused.refused = "carl@example.org (SMTP 550)";
    world.queue->finish(refused, world.now());  // who is left is refused: the others have it, so it is told
    settled = world.queue->take_settled();
    BOOST_TEST(settled.told.size() == 1U);
    const std::string told = "never taken for carl@example.org (SMTP 550)";
    BOOST_REQUIRE(settled.attempts.size() == 1U);
    BOOST_TEST((settled.attempts[0].outcome == AttemptOutcome::taken));
    BOOST_TEST(settled.attempts[0].problem == told);
    BOOST_REQUIRE(settled.left_out.size() == 1U);
    BOOST_TEST(settled.left_out[0] == "'team/0': a mail was " + told);
    BOOST_TEST(world.queue->targets()[0].last_problem == told);
    BOOST_TEST(settled.given_up.empty());
    world.fire("A2");
    world.mono += nanoseconds(5min);
    due = world.queue->take_due(world.now());
    BOOST_REQUIRE(due.size() == 1U);
    BOOST_TEST(due[0].done_with.empty());
}

// AM#1063: fire, ok, fire with send_resolved off.
BOOST_AUTO_TEST_CASE(without_send_resolved_a_second_fire_is_told) {
    World world(by_name, "", {"team/0", false});
    world.fire("A1");
    world.run_for(1min);
    world.end("A1");
    world.run_for(10min);
    world.fire("A1");
    world.run_for(10min);
    SAME(world.taken(), "30s A1", "11m30s A1");
    BOOST_TEST(world.posts[0].key != world.posts[1].key);
    BOOST_TEST(world.rows.empty());
}

// P#422: firing, kill -9, start: 0 new pages. The repeat comes when it would have come.
BOOST_AUTO_TEST_CASE(a_restart_repeats_and_forgets_nothing) {
    World world(by_name);
    world.fire("A1");
    world.run_for(1min);
    world.restart();
    world.run_for(1h);
    SAME(world.taken(), "30s A1");
    world.fire("A2");
    world.restart();  // it was not told yet
    world.run_for(1min);
    SAME(world.taken(), "30s A1", "1h1m30s A1 A2");
    world.end("A1");
    world.end("A2");
    world.restart();
    world.run_for(1min);
    SAME(world.taken(), "30s A1", "1h1m30s A1 A2", "1h2m30s -A1 -A2");
    BOOST_TEST(world.rows.empty());
    BOOST_TEST(world.told.empty());
}

// The receiver took the message, and the controller died before it could note so.
BOOST_AUTO_TEST_CASE(what_is_sent_again_after_a_crash_has_the_same_key) {
    World world(by_name);
    world.fire("A1");
    world.fire("A2");
    const auto rows = world.rows;
    world.run_for(1min);
    world.rows = rows;
    world.told.clear();
    world.restart();
    world.run_for(1min);
    BOOST_REQUIRE(world.posts.size() == 2U);
    BOOST_TEST(world.posts[0].key == world.posts[1].key);
}

// AM#4064: after a restart the target comes 1 s before the alert that inhibits it.
BOOST_AUTO_TEST_CASE(a_target_that_comes_before_its_source_is_not_told) {
    World world(by_name,
                "inhibit_rules: [{source_match: {alertname: S}, target_match: {alertname: T}, equal: [site]}]");
    world.restart();
    world.fire("T1", {{"site", "a"}});
    world.fire("T2", {{"site", "b"}});
    world.run_for(1s);
    world.fire("S1", {{"site", "a"}});
    world.run_for(10min);
    SAME(world.taken(), "30s T2", "31s S1");
    world.restart();
    world.run_for(10min);
    BOOST_TEST(world.posts.size() == 2U);
    world.end("S1");
    world.run_for(10min);
    BOOST_TEST(world.taken().back().ends_with("T1 T2"));
}

// AM#889, AM#1673: a silence is made after a page, and the controller killed.
BOOST_AUTO_TEST_CASE(silenced_alerts_are_told_when_the_silence_is_over) {
    World world(by_name);
    world.fire("A1");
    world.run_for(1min);
    world.silence("instance=~\"A.*\"", 1h);
    world.fire("A2");
    world.fire("B1");
    world.restart();
    world.run_for(30min);
    SAME(world.taken(), "30s A1", "1m30s B1");
    world.run_for(1h);
    SAME(world.taken(), "30s A1", "1m30s B1", "1h1m30s A1 A2");
    BOOST_TEST(world.posts.size() == 3U);
}

// AM#2286: dead for ten minutes; then one message, with the state as it is and the original times.
BOOST_AUTO_TEST_CASE(after_an_outage_one_message_tells_how_things_are) {
    for (const bool is_restarted : {false, true}) {
        World world(by_name);
        world.hook = [](milliseconds at) { return at < 10min ? 0 : 200; };
        world.fire("A1");
        world.fire("A2");
        world.run_for(6min);
        world.end("A1");
        if (is_restarted) {
            world.restart();
        }
        world.run_for(6min);
        const auto taken = world.taken();
        BOOST_REQUIRE(taken.size() == 1U);
        BOOST_TEST(world.posts.back().text() == "-A1 A2");
        BOOST_TEST((world.posts.back().at <= 11min));
        BOOST_TEST((world.posts.back().message.alerts[0].starts_at == epoch));
        BOOST_TEST((world.posts.back().message.alerts[0].ends_at == epoch + 6min));
        BOOST_TEST(world.rows.empty());
    }
}

BOOST_AUTO_TEST_CASE(what_ended_while_the_receiver_was_dead_is_told) {
    for (const bool is_restarted : {false, true}) {
        World world(by_name, "", {"team/0", false});
        world.hook = [](milliseconds at) { return at < 10min ? 503 : 200; };
        world.fire("A1");
        world.run_for(5min);
        world.end("A1");
        if (is_restarted) {
            world.restart();
        }
        world.run_for(1h);
        BOOST_TEST(world.taken().size() == 1U);
        BOOST_TEST(world.posts.back().text() == "-A1");
        BOOST_TEST(world.rows.empty());
    }
}

BOOST_AUTO_TEST_CASE(what_a_receiver_refuses_is_tried_again_with_the_next_turn) {
    World world(by_name);
    world.hook = [](milliseconds at) { return at < 6min ? 404 : 200; };
    world.fire("A1");
    world.run_for(4min);
    BOOST_TEST(world.posts.size() == 1U);
    BOOST_TEST(world.queue->targets()[0].last_problem == "answered HTTP 404");
    BOOST_TEST(world.rows.size() == 1U);
    world.run_for(10min);
    SAME(world.taken(), "10m30s A1");
    BOOST_TEST(world.rows.empty());
}

BOOST_AUTO_TEST_CASE(no_more_than_max_alerts_stand_in_a_message) {
    World world(by_name, "", {"team/0", true, {}, 2});
    for (int i = 0; i < 5; ++i) {
        world.fire(fmt::format("A{}", i));
    }
    world.run_for(10min);
    SAME(world.taken(), "30s A0 A1");
    BOOST_TEST(world.posts[0].message.truncated == 3U);
    BOOST_TEST(world.rows.empty());
}

// With `continue` two routes tell of one alert; its row stays until both have.
BOOST_AUTO_TEST_CASE(a_row_stays_until_each_of_its_groups_has_told) {
    World world(R"({receiver: team, routes: [
        {receiver: team, match: {site: a}, group_wait: 10s, continue: true}, {receiver: team, match_re: {site: a}, group_wait: 1m}]})");
    world.fire("A1", {{"site", "a"}});
    world.run_for(30s);
    SAME(world.taken(), "10s A1");
    BOOST_TEST(world.rows.size() == 1U);
    world.run_for(1min);
    SAME(world.taken(), "10s A1", "1m A1");
    BOOST_TEST(world.rows.empty());
}

BOOST_AUTO_TEST_CASE(a_receiver_without_channels_hears_nothing_and_owes_nothing) {
    World world(by_name);
    world.targets.clear();
    world.restart();
    world.fire("A1");
    world.run_for(1h);
    BOOST_TEST(world.posts.empty());
    BOOST_TEST(world.rows.empty());
}

// What a release that kept no record has paged is not paged again; what it still owed is.
BOOST_AUTO_TEST_CASE(open_alerts_of_an_older_release_are_not_told_again) {
    tests::SeededRandom random{1};
    DeliveryQueue queue({{"hook"}}, random);
    const auto paged = firing("a");
    const auto owed = firing("b");
    const Now now{MonoTime{1h}, epoch};
    queue.seed(paged, true, now);
    queue.seed(owed, false, now);
    queue.add(1, owed, now, true);
    auto over = firing("c");
    over.is_resolved = true;
    over.ends_at = epoch + 1s;
    queue.add(2, over, now, true);
    queue.begin(epoch);
    std::set<std::string> told;
    for (const auto& delivery : queue.take_due(now)) {
        told.insert(delivery.message.alerts.at(0).alert_id);
    }
    BOOST_TEST(told == (std::set<std::string>{"b", "c"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(at_a_start_the_open_episode_is_told_though_one_before_it_began_later) {
    for (const auto before : {-1min, 1min}) {  // 1 min: the host's clock was ahead, and is set right
        tests::SeededRandom random{1};
        DeliveryQueue queue({{"hook"}}, random);
        const auto open = firing("a");
        auto ended = open;
        ended.starts_at += before;
        const Now now{MonoTime{1h}, epoch};
        queue.seed(open, false, now);
        queue.add(1, ended, now, false);
        ended.is_resolved = true;
        queue.add(2, ended, now, false);
        queue.add(3, open, now, false);
        queue.begin(epoch);
        const auto due = queue.take_due(now);
        BOOST_REQUIRE(due.size() == 1u);
        const auto& told = due.at(0).message.alerts.at(0);
        BOOST_TEST(!told.is_resolved);
        BOOST_TEST((told.starts_at == open.starts_at));
        BOOST_TEST((queue.take_settled().done == std::vector<uint64_t>{1, 2}));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
