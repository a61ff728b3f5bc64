#include "controller/oncall/escalation.hpp"

#include "tests/unit/controller/oncall/calls.hpp"

namespace vigie::controller::oncall {

BOOST_FIXTURE_TEST_SUITE(oncall_escalation, Calls)

BOOST_AUTO_TEST_CASE(each_step_calls_whoever_is_on_call_once_and_in_its_time) {
    fire();
    run_for(0s);
    SAME(outbox(), "anna-phone 1");
    run_for(599s);
    SAME(outbox(), "anna-phone 1");
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "ben-phone 1");
    run_for(1199s);
    BOOST_TEST(outbox().size() == 2u);
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "ben-phone 1", "team 1");
    run_for(2h);
    BOOST_TEST(outbox().size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_recovery_goes_to_whoever_was_called_and_to_nobody_else) {
    fire();
    run_for(11min);
    end();
    SAME(outbox(), "anna-phone 1", "ben-phone 1", "-anna-phone 1", "-ben-phone 1");
    run_for(1h);
    BOOST_TEST(outbox().size() == 4u);
    BOOST_TEST(list_episodes(memory).value().empty());
    fire("web-2");  // over before anybody was called
    end("web-2");
    run_for(1h);
    BOOST_TEST(outbox().size() == 4u);
}

BOOST_AUTO_TEST_CASE(an_alert_that_no_policy_matches_calls_nobody_and_can_be_acknowledged) {
    oncall.policies[0].matchers = routing::parse_matchers("severity=critical").value();
    restart();
    fire();
    run_for(1h);
    BOOST_TEST(outbox().empty());
    BOOST_TEST(acknowledge().value().hold->by == "uid 0");
    restart();
    run_for(1s);
    BOOST_REQUIRE(list_episodes(memory).value().size() == 1u);
    BOOST_TEST(list_episodes(memory).value()[0].hold->by == "uid 0");
    end();
    BOOST_TEST(list_episodes(memory).value().empty());
    BOOST_TEST(outbox().empty());
}

BOOST_AUTO_TEST_CASE(after_an_outage_the_step_of_the_present_is_taken_and_no_volley) {
    fire();
    run_for(1min);
    SAME(outbox(), "anna-phone 1");
    clock.advance(2h);  // both other steps have become due
    restart();
    run_for(1h);
    SAME(outbox(), "anna-phone 1", "team 1");
    BOOST_TEST(notes.empty());
}

BOOST_AUTO_TEST_CASE(a_standstill_of_the_process_gives_no_volley_either) {
    fire();
    run_for(1min);
    clock.advance(2h);
    run_for(1h);
    SAME(outbox(), "anna-phone 1", "team 1");
    BOOST_TEST(notes.empty());
}

BOOST_AUTO_TEST_CASE(a_restart_goes_on_where_it_was) {
    fire();
    run_for(9min);
    restart();
    run_for(59s);
    BOOST_TEST(outbox().size() == 1u);
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "ben-phone 1");
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_moves_no_step) {
    for (const auto by : {milliseconds{72h}, -milliseconds{72h}}) {
        Calls one;
        one.fire();
        one.run_for(5min);
        one.clock.jump_wall(by);
        one.run_for(299s);
        BOOST_TEST(one.outbox().size() == 1u);
        one.run_for(1s);
        SAME(one.outbox(), "anna-phone 1", "ben-phone 1");
        one.restart();  // and the stored times are by the new clock
        one.run_for(1199s);
        BOOST_TEST(one.outbox().size() == 2u);
        one.run_for(1s);
        SAME(one.outbox(), "anna-phone 1", "ben-phone 1", "team 1");
    }
}

// The clock is set while no process runs: a step comes at most once and at once, or after its whole wait.
BOOST_AUTO_TEST_CASE(a_clock_that_is_set_during_an_outage_calls_at_most_once_more) {
    fire();
    run_for(5min);
    clock.jump_wall(-72h);
    restart();
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "ben-phone 1");
    clock.jump_wall(72h);
    restart();
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "ben-phone 1", "team 1");
    run_for(1h);
    BOOST_TEST(outbox().size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_override_is_asked_when_a_step_is_taken) {
    fire();
    run_for(1min);
    Override one{.id = "aa",
                 .rota = "secondary",
                 .person = "anna",
                 .from = clock.wall(),
                 .until = clock.wall() + 1h,
                 .author = {},
                 .comment = {},
                 .created_at = clock.wall()};
    StoreBatch batch;
    batch.put(Family::silences, override_key(one.id), encode(one));
    BOOST_REQUIRE(memory.commit(batch).has_value());
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "anna-phone 2");
    end();
    SAME(outbox(), "anna-phone 1", "anna-phone 2", "-anna-phone 2");
}

BOOST_AUTO_TEST_CASE(an_override_by_somebody_who_is_gone_leaves_the_rota_as_it_is) {
    Override one{.id = "aa",
                 .rota = "primary",
                 .person = "carl",
                 .from = clock.wall(),
                 .until = clock.wall() + 1h,
                 .author = {},
                 .comment = {},
                 .created_at = clock.wall()};
    StoreBatch batch;
    batch.put(Family::silences, override_key(one.id), encode(one));
    BOOST_REQUIRE(memory.commit(batch).has_value());
    fire();
    run_for(1s);
    SAME(outbox(), "anna-phone 1");
}

BOOST_AUTO_TEST_CASE(a_rota_with_nobody_gives_way_to_the_next_step_and_is_told) {
    oncall.policies[0].steps[1].callees[0].name = "later";
    restart();
    fire();
    run_for(10min);
    SAME(outbox(), "anna-phone 1", "team 1");
    BOOST_REQUIRE(notes.size() == 1u);
    BOOST_TEST(notes[0] ==
               fmt::format("escalation 'pages' of alert {}, step 2: nobody is on call in rota 'later'", id()));
    run_for(1h);
    BOOST_TEST(outbox().size() == 2u);
}

BOOST_AUTO_TEST_CASE(when_nobody_is_on_call_the_step_waits_until_somebody_is) {
    for (auto& step : oncall.policies[0].steps) {
        step.callees = {Callee{.kind = Callee::Kind::rota, .name = "later", .place = {}}};
    }
    oncall.policies[0].repeats = 3;
    oncall.policies[0].repeat_after = 15min;
    restart();
    fire();
    run_for(2h);
    BOOST_TEST(outbox().empty());
    BOOST_TEST(notes.size() == 3u);  // one for each step, once
    restart();
    Override one{.id = "aa",
                 .rota = "later",
                 .person = "ben",
                 .from = clock.wall(),
                 .until = clock.wall() + 5min,
                 .author = {},
                 .comment = {},
                 .created_at = clock.wall()};
    StoreBatch batch;
    batch.put(Family::silences, override_key(one.id), encode(one));
    BOOST_REQUIRE(memory.commit(batch).has_value());
    run_for(1min);
    SAME(outbox(), "ben-phone 1");
}

BOOST_AUTO_TEST_CASE(rounds_repeat_as_often_as_the_policy_says) {
    oncall.policies[0].steps.resize(1);
    oncall.policies[0].repeats = 2;
    oncall.policies[0].repeat_after = 5min;
    restart();
    fire();
    run_for(299s);
    SAME(outbox(), "anna-phone 1");
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "anna-phone 2");
    run_for(1h);
    SAME(outbox(), "anna-phone 1", "anna-phone 2", "anna-phone 3");
    run_for(1h);
    BOOST_TEST(outbox().size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_alert_that_was_open_before_there_was_a_policy_is_called_for) {
    auto policies = std::exchange(oncall.policies, {});
    restart();
    fire();
    run_for(1h);
    BOOST_TEST(outbox().empty());
    oncall.policies = std::move(policies);
    restart();
    run_for(1s);
    SAME(outbox(), "anna-phone 1");
    // And one whose policy is called otherwise now begins with that, without another first call for each restart.
    oncall.policies[0].name = "renamed";
    restart();
    run_for(1s);
    SAME(outbox(), "anna-phone 1", "anna-phone 2");
    restart();
    run_for(1s);
    BOOST_TEST(outbox().size() == 2u);
    end();
    SAME(outbox(), "anna-phone 1", "anna-phone 2", "-anna-phone 2");
}

BOOST_AUTO_TEST_CASE(an_alert_acknowledged_before_there_was_a_policy_is_called_for_once_it_is_given_back) {
    auto policies = std::exchange(oncall.policies, {});
    restart();
    fire();
    run_for(1min);
    BOOST_REQUIRE(acknowledge().has_value());
    oncall.policies = std::move(policies);
    restart();
    run_for(1h);
    BOOST_TEST(outbox().empty());
    BOOST_REQUIRE(release().has_value());
    run_for(1s);
    SAME(outbox(), "anna-phone 1");
}

BOOST_AUTO_TEST_CASE(a_snooze_over_a_change_to_fewer_steps_is_followed_by_the_last_of_them) {
    fire();
    run_for(31min);
    BOOST_REQUIRE(snooze(1h).has_value());
    oncall.policies[0].steps.resize(1);
    restart();
    run_for(1h);
    SAME(outbox(), "anna-phone 1", "ben-phone 1", "team 1", "anna-phone 2");
}

BOOST_AUTO_TEST_CASE(when_all_who_were_called_are_gone_the_step_calls_those_who_are_there) {
    fire();
    run_for(1min);
    SAME(outbox(), "anna-phone 1");
    oncall.people[0].receiver = "anna-mobile";
    for (int i = 0; i < 3; ++i) {
        restart();
        run_for(1min);
        BOOST_TEST(outbox().size() == 2u);
    }
    SAME(outbox(), "anna-phone 1", "anna-mobile 1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::oncall
