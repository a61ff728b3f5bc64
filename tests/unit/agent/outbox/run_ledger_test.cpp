// Starts, repeats, cancels and reports of runs.
#include "agent/outbox/run_ledger.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::RunState;
using protocol::Stream;

namespace {

struct LedgerFixture : tests::StateFixture {
    LedgerFixture() { open(); }
    StartOutcome start(const std::string& run_id, uint64_t fence = 1) {
        protocol::JobStart order;
        order.run_id = run_id;
        order.fence = fence;
        order.job = "backup";
        const auto outcome = runs().record_starting(order, clock.wall());
        BOOST_REQUIRE(outcome);
        return *outcome;
    }
    Result<uint64_t> report(const std::string& run_id, RunState state_now, uint64_t fence = 1) {
        protocol::RunReport one;
        one.run_id = run_id;
        one.fence = fence;
        one.job = "backup";
        one.state = state_now;
        return runs().record(one, clock.wall());
    }
    CancelOutcome cancel(const std::string& run_id, uint64_t fence = 1) {
        const auto outcome = runs().record_cancel(run_id, fence, clock.wall());
        BOOST_REQUIRE(outcome);
        return *outcome;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(run_ledger, LedgerFixture)

BOOST_AUTO_TEST_CASE(a_repeated_start_gives_the_recorded_state_across_restarts) {
    BOOST_TEST((start("r1").kind == StartKind::recorded));
    BOOST_TEST((start("r1").kind == StartKind::repeated));
    BOOST_REQUIRE(report("r1", RunState::succeeded));
    reopen();
    const auto again = start("r1");
    BOOST_TEST((again.kind == StartKind::repeated));
    BOOST_TEST((again.record.state == RunState::succeeded));
    BOOST_TEST(again.record.job == "backup");
}

BOOST_AUTO_TEST_CASE(a_later_dispatch_raises_the_fence_and_an_earlier_one_is_superseded) {
    start("r1", 3);
    BOOST_TEST((start("r1", 5).kind == StartKind::repeated));
    BOOST_TEST((start("r1", 3).kind == StartKind::superseded));
    BOOST_TEST(runs().find("r1")->value().fence == 5u);
}

BOOST_AUTO_TEST_CASE(a_later_dispatch_of_an_indeterminate_run_starts_it_again) {
    start("r1", 1);
    BOOST_REQUIRE(report("r1", RunState::indeterminate));
    BOOST_TEST((start("r1", 1).kind == StartKind::repeated));
    BOOST_TEST((start("r1", 2).kind == StartKind::recorded));
    BOOST_TEST(runs().unfinished()->size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_later_dispatch_of_a_failed_run_does_not_start_it_again) {
    start("r1", 1);
    BOOST_REQUIRE(report("r1", RunState::failed));
    BOOST_TEST((start("r1", 2).kind == StartKind::repeated));
}

BOOST_AUTO_TEST_CASE(a_cancel_that_comes_first_leaves_a_tombstone) {
    BOOST_TEST((cancel("r1", 2).kind == CancelKind::tombstone_left));
    BOOST_TEST((cancel("r1", 2).kind == CancelKind::tombstone_left));
    reopen();
    BOOST_TEST((start("r1", 1).kind == StartKind::superseded));
    BOOST_TEST((start("r1", 2).kind == StartKind::cancelled_before));
    BOOST_TEST((start("r1", 3).kind == StartKind::recorded));
}

BOOST_AUTO_TEST_CASE(a_tombstone_can_be_reported_as_cancelled_once) {
    cancel("r1");
    BOOST_TEST((start("r1").kind == StartKind::cancelled_before));
    BOOST_TEST(report("r1", RunState::cancelled).has_value());
    BOOST_TEST((report("r1", RunState::cancelled).error().code == ErrorCode::conflict));
    BOOST_TEST((start("r1").kind == StartKind::repeated));
}

BOOST_AUTO_TEST_CASE(a_cancel_of_a_run_under_way_says_stop_and_of_an_ended_one_nothing) {
    start("r1", 2);
    BOOST_TEST((cancel("r1", 1).kind == CancelKind::superseded));
    BOOST_TEST((cancel("r1", 2).kind == CancelKind::stop_it));
    BOOST_REQUIRE(report("r1", RunState::cancelled, 2));
    BOOST_TEST((cancel("r1", 2).kind == CancelKind::already_finished));
}

BOOST_AUTO_TEST_CASE(the_first_end_of_a_run_stands) {
    start("r1");
    BOOST_REQUIRE(report("r1", RunState::timed_out));
    BOOST_TEST((report("r1", RunState::succeeded).error().code == ErrorCode::conflict));
    BOOST_TEST((runs().find("r1")->value().state == RunState::timed_out));
    BOOST_TEST(outbox().state(Stream::results).next_seq == 2u);
}

BOOST_AUTO_TEST_CASE(a_report_stands_in_the_results_stream_with_the_state) {
    start("r1");
    BOOST_TEST(report("r1", RunState::running).value() == 1u);
    BOOST_TEST(report("r1", RunState::succeeded).value() == 2u);
    reopen();
    const auto rows = outbox().read_from(Stream::results, 1, UINT64_MAX);
    BOOST_TEST((*rows == std::vector<OutboxRow>{{1, "r1#1 2 "}, {2, "r1#1 3 "}}));
}

BOOST_AUTO_TEST_CASE(a_report_that_finds_no_room_changes_nothing) {
    state.reset();
    options.outbox.entries_max = 100_B;
    open();
    start("r1");
    start("r2");
    BOOST_REQUIRE(report("r1", RunState::succeeded));
    BOOST_TEST((report("r2", RunState::succeeded).error().code == ErrorCode::too_large));
    BOOST_TEST((runs().find("r2")->value().state == RunState::starting));
    BOOST_TEST(outbox().state(Stream::results).next_seq == 2u);
}

BOOST_AUTO_TEST_CASE(runs_left_unfinished_are_listed_after_a_restart) {
    start("r1");
    start("r2");
    start("r3");
    BOOST_REQUIRE(report("r2", RunState::running));
    BOOST_REQUIRE(report("r3", RunState::succeeded));
    cancel("r4");
    reopen();
    const auto left = runs().unfinished();
    BOOST_REQUIRE(left);
    BOOST_REQUIRE(left->size() == 2u);
    BOOST_TEST((*left)[0].run_id == "r1");
    BOOST_TEST(((*left)[1].state == RunState::running));
}

BOOST_AUTO_TEST_CASE(a_refused_run_that_never_started_is_recorded) {
    BOOST_TEST(report("r1", RunState::refused).has_value());
    BOOST_TEST((start("r1").kind == StartKind::repeated));
    BOOST_TEST((start("r1", 2).kind == StartKind::recorded));
}

BOOST_AUTO_TEST_CASE(old_finished_runs_are_pruned_and_unfinished_ones_are_not) {
    state.reset();
    options.finished_runs_max = 3;
    open();
    start("open");
    for (const auto* run_id : {"a", "b", "c", "d", "e"}) {
        start(run_id);
        BOOST_REQUIRE(report(run_id, RunState::succeeded));
    }
    BOOST_TEST(!runs().find("a")->has_value());
    BOOST_TEST(!runs().find("b")->has_value());
    BOOST_TEST(runs().find("c")->has_value());
    BOOST_TEST(runs().find("open")->has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
