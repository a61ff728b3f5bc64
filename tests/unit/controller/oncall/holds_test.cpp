// What operators say of an alert, and what keeps it from being called: acknowledged, snoozed, silenced, inhibited.
#include "tests/unit/controller/oncall/calls.hpp"

namespace vigie::controller::oncall {

BOOST_FIXTURE_TEST_SUITE(oncall_holds, Calls)

BOOST_AUTO_TEST_CASE(an_acknowledgement_stops_the_calls_and_a_restart_keeps_it) {
    fire();
    run_for(1min);
    const auto episode = acknowledge().value();
    BOOST_TEST(episode.hold->by == "uid 0");
    run_for(1h);
    restart();
    run_for(2h);
    SAME(outbox(), "anna-phone 1");
    const auto kept = list_episodes(memory).value();
    BOOST_REQUIRE(kept.size() == 1u);
    BOOST_TEST((kept[0].hold == episode.hold));
    BOOST_TEST((acknowledge().error().code == ErrorCode::conflict));
    end();  // told to whoever was called, acknowledged or not
    SAME(outbox(), "anna-phone 1", "-anna-phone 1");
}

BOOST_AUTO_TEST_CASE(a_new_episode_begins_unacknowledged) {
    fire();
    run_for(1min);
    BOOST_REQUIRE(acknowledge().has_value());
    end();
    clock.advance(1min);
    fire();
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "-anna-phone 1", "anna-phone 1", "ben-phone 1");
}

// It resolves, and the acknowledgement comes a second later.
BOOST_AUTO_TEST_CASE(an_acknowledgement_after_the_end_changes_nothing) {
    fire();
    run_for(1min);
    end();
    clock.advance(1s);
    const auto late = acknowledge();
    BOOST_TEST((late.error().code == ErrorCode::conflict));
    BOOST_TEST((release().error().code == ErrorCode::conflict));
    BOOST_TEST((snooze(1h).error().code == ErrorCode::conflict));
    BOOST_TEST(list_episodes(memory).value().empty());
    BOOST_TEST(!book->open_page(id()).value().has_value());
    run_for(1h);
    SAME(outbox(), "anna-phone 1", "-anna-phone 1");
}

BOOST_AUTO_TEST_CASE(unacknowledged_it_goes_on_with_the_step_that_it_stood_at) {
    BOOST_TEST((release().error().code == ErrorCode::conflict));
    fire();
    BOOST_TEST((release().error().code == ErrorCode::conflict));
    run_for(11min);
    BOOST_REQUIRE(acknowledge().has_value());
    run_for(3h);
    BOOST_REQUIRE(release().has_value());
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "ben-phone 1", "ben-phone 2");
    run_for(1198s);
    BOOST_TEST(outbox().size() == 3u);
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "ben-phone 1", "ben-phone 2", "team 1");
}

BOOST_AUTO_TEST_CASE(acknowledged_before_the_first_call_it_waits_for_what_was_left) {
    oncall.policies[0].steps[0].after = 5min;
    restart();
    fire();
    run_for(2min);
    BOOST_REQUIRE(acknowledge().has_value());
    run_for(1h);
    BOOST_REQUIRE(release().has_value());
    run_for(179s);
    BOOST_TEST(outbox().empty());
    run_for(1s);
    SAME(outbox(), "anna-phone 1");
}

BOOST_AUTO_TEST_CASE(when_a_snooze_is_over_it_goes_on_with_the_step_that_it_stood_at) {
    fire();
    run_for(1min);
    BOOST_REQUIRE(snooze(1h).has_value());
    run_for(30min);
    restart();
    run_for(30min - 1s);
    SAME(outbox(), "anna-phone 1");
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "anna-phone 2");
    BOOST_TEST(!list_episodes(memory).value()[0].hold.has_value());
    const auto history = alerts::show_alert(memory, id()).value().history;
    BOOST_TEST(history.back().cause == "the snooze by uid 0 is over");
    BOOST_TEST((history.back().at == clock.wall()));
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "anna-phone 2", "ben-phone 1");
}

BOOST_AUTO_TEST_CASE(a_snooze_and_an_acknowledgement_replace_each_other) {
    fire();
    run_for(1min);
    BOOST_REQUIRE(acknowledge().has_value());
    BOOST_REQUIRE(snooze(10min).has_value());
    BOOST_REQUIRE(snooze(20min).has_value());
    BOOST_REQUIRE(acknowledge().has_value());
    run_for(3h);
    SAME(outbox(), "anna-phone 1");
    BOOST_REQUIRE(snooze(10min).has_value());
    BOOST_REQUIRE(release().has_value());
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "anna-phone 2");
}

BOOST_AUTO_TEST_CASE(fifty_restarts_during_a_silence_call_nobody) {
    silence("alertname=~\".+\"", 3h);
    fire();
    for (int i = 0; i < 50; ++i) {
        run_for(1min);
        restart();
    }
    BOOST_TEST(outbox().empty());
    run_for(2h + 10min + 1s);  // it is over, and it still fires: with the first step, not with the last
    SAME(outbox(), "anna-phone 1");
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "ben-phone 1");
}

BOOST_AUTO_TEST_CASE(a_silence_that_ends_while_no_process_runs_is_followed_by_the_first_step) {
    silence("alertname=~\".+\"", 3h);
    fire();
    run_for(1min);
    BOOST_TEST(outbox().empty());
    clock.advance(4h);
    restart();
    run_for(1s);
    SAME(outbox(), "anna-phone 1");
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "ben-phone 1");
}

BOOST_AUTO_TEST_CASE(what_ends_in_a_silence_is_never_called_for) {
    silence("alertname=~\".+\"", 3h);
    fire();
    run_for(1h);
    end();
    run_for(3h);
    BOOST_TEST(outbox().empty());
}

// The clock starts at 08:00 UTC.
BOOST_AUTO_TEST_CASE(in_a_maintenance_window_nobody_is_called_until_it_is_over) {
    maintenance = maintenance::parse_maintenance(
                      "- name: mornings\n  matchers: [severity=warning]\n"
                      "  time_intervals: [{times: [{start_time: '07:00', end_time: '09:00'}]}]\n")
                      .value();
    fire();
    fire("web-2");
    run_for(30min);
    restart();
    run_for(29min);
    end("web-2");
    BOOST_TEST(outbox().empty());
    run_for(1min + 16s);
    SAME(outbox(), "anna-phone 1");
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "ben-phone 1");
}

BOOST_AUTO_TEST_CASE(a_run_on_its_host_holds_the_calls_that_its_schedule_names) {
    maintenance = maintenance::parse_maintenance("", {maintenance::holding({"severity=warning"})}).value();
    JobRun run;
    run.id = RunId{"0199"};
    run.plan = "nightly";
    run.agent = AgentId{"web-1"};
    run.phase = RunPhase::running;
    run.dispatched_at = clock.wall();
    StoreBatch batch;
    batch.put(Family::runs, keys::run(run.id), encode_run(run));
    batch.put(Family::jobs, run.id.value, "");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    fire();
    run_for(30min);
    restart();
    run_for(1min);
    BOOST_TEST(outbox().empty());
    StoreBatch ended;
    put_span_end(run, clock.wall(), ended);
    ended.erase(Family::jobs, run.id.value);
    BOOST_REQUIRE(memory.commit(ended).has_value());
    run_for(9min);
    BOOST_TEST(outbox().empty());
    run_for(1min + 16s);
    SAME(outbox(), "anna-phone 1");
}

BOOST_AUTO_TEST_CASE(a_damaged_row_of_a_run_holds_nothing_and_is_told) {
    maintenance = maintenance::parse_maintenance("", {maintenance::holding({"severity=warning"})}).value();
    StoreBatch batch;
    batch.put(Family::silences, "r" + keys::KeyWriter().i64(unix_ms(clock.wall())).take() + "0199", "no row");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    fire();
    run_for(1s);
    SAME(outbox(), "anna-phone 1");
    BOOST_REQUIRE(notes.size() == 1u);
    BOOST_TEST(notes[0].find("calls went out that may be held, or somebody else's: run '0199': ") == 0u);
}

BOOST_AUTO_TEST_CASE(a_damaged_silence_leaves_the_others_as_they_are) {
    silence("severity=warning", 10min);
    StoreBatch batch;
    batch.put(Family::silences, routing::silence_key("00000000000000bb"), "no row");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    fire();
    run_for(9min);
    BOOST_TEST(outbox().empty());
    run_for(1min + 16s);
    SAME(outbox(), "anna-phone 1");
}

BOOST_AUTO_TEST_CASE(a_damaged_override_and_a_damaged_escalation_stop_no_call) {
    fire("web-1");
    fire("web-2");
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "anna-phone 1");
    StoreBatch batch;
    batch.put(Family::silences, override_key("00000000000000cc"), "no row");
    batch.put(Family::silences, episode_key(id("web-2")), "no row");
    batch.put(Family::silences, episode_key("00000000000000ee"), "no row");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    restart();
    run_for(10min);
    // web-2's begins anew: better a call too many.
    SAME(outbox(), "anna-phone 1", "anna-phone 1", "anna-phone 1", "ben-phone 1", "ben-phone 1");
    BOOST_TEST(list_episodes(memory).value().size() == 2u);
    std::vector<DamagedRow> damaged;
    BOOST_REQUIRE(list_episodes(memory, &damaged).has_value());
    BOOST_TEST(damaged.empty());  // the row of no open alert is erased
    BOOST_REQUIRE(notes.size() >= 3u);
    BOOST_TEST(notes[0].find("escalation of alert '00000000000000ee': ") == 0u);
    BOOST_TEST(notes[0].ends_with("it calls nobody, and is erased"));
    BOOST_TEST(notes[1].find(fmt::format("escalation of alert '{}': ", id("web-2"))) == 0u);
    BOOST_TEST(notes[1].ends_with("it begins anew"));
    BOOST_TEST(notes[2].find("override '00000000000000cc': ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_alert_that_is_inhibited_waits) {
    inhibit_rules.push_back({.source = routing::parse_matchers("host=web-2").value(),
                             .target = routing::parse_matchers("host=web-1").value(),
                             .equal = {"alertname"}});
    fire("web-2");
    fire("web-1");
    run_for(5min);
    SAME(outbox(), "anna-phone 1");  // of web-2
    end("web-2");
    run_for(16s);
    SAME(outbox(), "anna-phone 1", "-anna-phone 1", "anna-phone 1");
    BOOST_TEST(list_episodes(memory).value().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::oncall
