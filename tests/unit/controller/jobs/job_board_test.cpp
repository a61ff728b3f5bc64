#include "controller/jobs/job_board.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/jobs/run_history.hpp"
#include "controller/jobs/run_span.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vigie;
using namespace vigie::controller;
using protocol::RunReport;
using protocol::RunState;

namespace {
WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}

struct RecordingSender final : JobSender {
    void start(const AgentId&, const protocol::JobStart& message,
               std::optional<uint64_t> results_incarnation) override {
        starts.push_back(message);
        outboxes.push_back(results_incarnation);
    }
    void cancel(const AgentId&, const protocol::JobCancel& message) override { cancels.push_back(message); }
    std::vector<protocol::JobStart> starts;
    std::vector<std::optional<uint64_t>> outboxes;  // of `starts`, one each
    std::vector<protocol::JobCancel> cancels;
};

struct BoardFixture {
    MemoryStore store;
    tests::SeededRandom random{7};
    RecordingSender sender;
    BoardTime now{MonoTime{1h}, at("2026-05-01T02:00:00Z")};
    const AgentId web{"web-1"};
    std::vector<FleetHost> hosts{{web, {{"env", "prod"}}}};
    std::vector<JobPlan> plans{plan("nightly", "02:30")};
    std::unique_ptr<JobBoard> board = JobBoard::open(store, random, plans, now).value();

    static JobPlan plan(const std::string& name, std::string_view when, MisfirePolicy misfire = MisfirePolicy::latest) {
        JobPlan made;
        made.name = name;
        made.job = "backup";
        made.schedule = parse_schedule(when).value();
        made.misfire = misfire;
        made.timeout = 1h;
        return made;
    }
    void use(JobPlan made) {
        plans = {std::move(made)};
        board->set_plans(plans);
    }
    template <typename Change>
    void change(Change&& apply) {
        StoreBatch batch;
        apply(batch);
        if (store.commit(batch)) {
            board->committed(sender);
        } else {
            board->rolled_back();
        }
    }
    void tick() {
        change([&](StoreBatch& batch) { BOOST_REQUIRE(board->tick(now, hosts, batch)); });
    }
    void tick_at(std::string_view wall) {
        now.mono += at(wall) - now.wall;
        now.wall = at(wall);
        tick();
    }
    void connect(const HostOutbox& outbox = {}) {
        change([&](StoreBatch& batch) { BOOST_REQUIRE(board->on_connected(web, outbox, now, batch)); });
    }
    void restart() { board = JobBoard::open(store, random, plans, now).value(); }
    void report(const protocol::JobStart& start, RunState state) {
        RunReport told;
        told.run_id = start.run_id;
        told.fence = start.fence;
        told.job = start.job;
        told.state = state;
        told.message = "told";
        change([&](StoreBatch& batch) { BOOST_REQUIRE(board->on_run_report(web, told, now, batch)); });
    }
    size_t under_way() const {
        size_t count = 0;
        BOOST_REQUIRE(store.scan(Family::jobs, "", "", [&count](auto, auto) { return ++count > 0; }));
        return count;
    }
    JobRun record(const std::string& id) { return find_run(store, RunId{id}).value().value(); }
    RunPhase phase(const std::string& id) { return record(id).phase; }
    std::vector<JobRun> with(RunPhase wanted) {
        RunFilter filter;
        filter.phase = wanted;
        filter.limit = 1000;
        return list_runs(store, filter).value();
    }
};
}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(vigie::controller::RunPhase)

BOOST_FIXTURE_TEST_SUITE(job_board, BoardFixture)

BOOST_AUTO_TEST_CASE(a_due_run_goes_to_its_host_and_ends_with_the_report) {
    connect();
    tick();
    tick_at("2026-05-01T02:29:59Z");
    BOOST_TEST(sender.starts.empty());
    tick_at("2026-05-01T02:30:00Z");
    BOOST_REQUIRE(sender.starts.size() == 1u);
    const auto start = sender.starts[0];
    BOOST_TEST(start.job == "backup");
    BOOST_TEST(start.fence == 1u);
    BOOST_TEST(start.run_id.size() == 32u);
    BOOST_TEST(start.scheduled_at_unix_ms == unix_ms(at("2026-05-01T02:30:00Z")));
    BOOST_TEST(phase(start.run_id) == RunPhase::dispatched);
    report(start, RunState::starting);
    report(start, RunState::running);
    BOOST_TEST(phase(start.run_id) == RunPhase::running);
    report(start, RunState::succeeded);
    BOOST_TEST(phase(start.run_id) == RunPhase::succeeded);
    BOOST_TEST(under_way() == 0u);
    report(start, RunState::failed);  // the first end stands
    BOOST_TEST(phase(start.run_id) == RunPhase::succeeded);
    tick_at("2026-05-01T02:30:01Z");
    BOOST_TEST(sender.starts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_record_is_durable_before_the_start_leaves) {
    connect();
    tick();
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    tick_at("2026-05-01T02:30:00Z");
    BOOST_TEST(sender.starts.empty());
    store.fail_commits_with.reset();
    tick_at("2026-05-01T02:30:05Z");
    BOOST_REQUIRE(sender.starts.size() == 1u);
    BOOST_TEST(phase(sender.starts[0].run_id) == RunPhase::dispatched);
}

BOOST_AUTO_TEST_CASE(a_start_lost_with_a_failed_commit_is_sent_again) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    connect();  // would have sent it again
    store.fail_commits_with.reset();
    BOOST_REQUIRE(sender.starts.size() == 1u);
    tick_at("2026-05-01T02:30:01Z");
    BOOST_REQUIRE(sender.starts.size() == 2u);
    BOOST_TEST(sender.starts[1].run_id == sender.starts[0].run_id);
    tick_at("2026-05-01T02:30:02Z");
    BOOST_TEST(sender.starts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_host_that_was_away_gets_the_run_when_it_returns) {
    tick();
    tick_at("2026-05-01T02:30:00Z");
    BOOST_TEST(sender.starts.empty());
    connect();
    BOOST_TEST(sender.starts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_live_run_is_asked_of_its_host_after_a_restart_and_blocks_the_next) {
    use(plan("often", "every 10m"));
    connect();
    tick();
    tick_at("2026-05-01T02:10:00Z");
    BOOST_REQUIRE(sender.starts.size() == 1u);
    report(sender.starts[0], RunState::running);
    restart();
    tick_at("2026-05-01T02:20:00Z");
    BOOST_TEST(sender.starts.size() == 1u);  // nothing before the host is back, nothing beside the live run
    connect();
    BOOST_REQUIRE(sender.starts.size() == 2u);
    BOOST_TEST(sender.starts[1].run_id == sender.starts[0].run_id);
    // The same fence: a higher one would be the word to run it once more to an agent that was killed meanwhile, whose
    // report of that is still on its way.
    BOOST_TEST(sender.starts[1].fence == sender.starts[0].fence);
    report(sender.starts[0], RunState::succeeded);
    BOOST_REQUIRE(sender.starts.size() == 3u);
    BOOST_TEST(sender.starts[2].scheduled_at_unix_ms == unix_ms(at("2026-05-01T02:20:00Z")));
}

BOOST_AUTO_TEST_CASE(a_forced_run_counts_for_overlap) {
    connect();
    tick();
    const ForcedRun wanted{.job = "backup", .hosts = {web}, .parameters = {{"full", "yes"}}, .asked_by = "ann"};
    change([&](StoreBatch& batch) { BOOST_TEST(board->run_now(wanted, now, batch).value().size() == 1u); });
    BOOST_REQUIRE(sender.starts.size() == 1u);
    BOOST_TEST(sender.starts[0].parameters.at("full") == "yes");
    StoreBatch again;
    BOOST_TEST((board->run_now(wanted, now, again).error().code == ErrorCode::conflict));
    tick_at("2026-05-01T02:30:00Z");
    BOOST_TEST(sender.starts.size() == 1u);
    report(sender.starts[0], RunState::succeeded);
    BOOST_TEST(sender.starts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_silent_host_loses_its_run_and_the_next_one_starts) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    const auto first = sender.starts.at(0);
    report(first, RunState::running);
    board->on_disconnected(web);
    tick_at("2026-05-01T03:39:00Z");
    BOOST_TEST(phase(first.run_id) == RunPhase::running);
    tick_at("2026-05-01T03:41:00Z");  // an hour and the margin of ten minutes
    BOOST_TEST(phase(first.run_id) == RunPhase::lost);
    tick_at("2026-05-02T02:30:00Z");
    connect();
    BOOST_TEST(sender.starts.size() == 2u);
    report(first, RunState::succeeded);  // its last word is still taken
    BOOST_TEST(phase(first.run_id) == RunPhase::succeeded);
}

BOOST_AUTO_TEST_CASE(a_connected_host_is_asked_before_its_run_is_given_up) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    tick_at("2026-05-01T03:41:00Z");
    BOOST_REQUIRE(sender.starts.size() == 2u);
    BOOST_TEST(sender.starts[1].run_id == sender.starts[0].run_id);
    tick_at("2026-05-01T03:52:00Z");
    BOOST_TEST(phase(sender.starts[0].run_id) == RunPhase::lost);
}

BOOST_AUTO_TEST_CASE(an_indeterminate_end_follows_the_plan) {
    auto careful = plan("nightly", "02:30");
    careful.indeterminate = IndeterminatePolicy::rerun;
    use(careful);
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    for (uint32_t attempt = 0; attempt <= reruns_max; ++attempt) {
        BOOST_REQUIRE(sender.starts.size() == attempt + 1);
        BOOST_TEST(sender.starts.back().fence == attempt + 1);
        report(sender.starts.back(), RunState::indeterminate);
        report(sender.starts[0], RunState::indeterminate);  // an old one, again
    }
    BOOST_TEST(sender.starts.size() == reruns_max + 1);
    BOOST_TEST(phase(sender.starts[0].run_id) == RunPhase::failed);
    careful.indeterminate = IndeterminatePolicy::ask;
    use(careful);
    tick_at("2026-05-02T02:30:00Z");
    report(sender.starts.back(), RunState::indeterminate);
    BOOST_TEST(phase(sender.starts.back().run_id) == RunPhase::indeterminate);
}

BOOST_AUTO_TEST_CASE(a_host_with_a_new_ledger_is_not_told_to_start_again) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    report(sender.starts.at(0), RunState::running);
    connect({.results_incarnation = 2, .has_forgotten = true});
    BOOST_TEST(sender.starts.size() == 1u);
    BOOST_TEST(phase(sender.starts[0].run_id) == RunPhase::failed);
}

BOOST_AUTO_TEST_CASE(a_start_names_the_outbox_of_the_session_it_was_decided_in) {
    connect({.results_incarnation = 1});
    StoreBatch batch;
    BOOST_REQUIRE(board->run_now({"backup", {web}, {}, 0ms, "a test"}, now, batch));
    // The same group holds the host's return with another outbox, which is not told to start again.
    BOOST_REQUIRE(board->on_connected(web, {.results_incarnation = 2, .has_forgotten = true}, now, batch));
    BOOST_REQUIRE(store.commit(batch));
    board->committed(sender);
    BOOST_REQUIRE(sender.starts.size() == 1u);
    BOOST_TEST(sender.outboxes[0].value() == 1u);
    connect({.results_incarnation = 2});
    change([&](StoreBatch& more) { BOOST_REQUIRE(board->run_now({"verify", {web}, {}, 0ms, "a test"}, now, more)); });
    BOOST_REQUIRE(sender.starts.size() == 2u);
    BOOST_TEST(sender.outboxes[1].value() == 2u);
}

BOOST_AUTO_TEST_CASE(cancelling_ends_a_waiting_run_here_and_a_live_one_there) {
    tick();
    tick_at("2026-05-01T02:30:00Z");
    const auto waiting = with(RunPhase::queued).at(0).id;
    change([&](StoreBatch& batch) { BOOST_REQUIRE(board->cancel(waiting, "by ann", now, batch)); });
    BOOST_TEST(phase(waiting.value) == RunPhase::cancelled);
    connect();
    BOOST_TEST(sender.starts.empty());
    tick_at("2026-05-02T02:30:00Z");
    const auto live = sender.starts.at(0);
    change([&](StoreBatch& batch) { BOOST_REQUIRE(board->cancel(RunId{live.run_id}, "by ann", now, batch)); });
    BOOST_REQUIRE(sender.cancels.size() == 1u);
    BOOST_TEST(sender.cancels[0].fence == live.fence);
    connect();  // a new session is told to cancel, not to start
    BOOST_TEST(sender.cancels.size() == 2u);
    BOOST_TEST(sender.starts.size() == 1u);
    report(live, RunState::cancelled);
    BOOST_TEST(phase(live.run_id) == RunPhase::cancelled);
    StoreBatch batch;
    BOOST_TEST((board->cancel(RunId{live.run_id}, "again", now, batch).error().code == ErrorCode::conflict));
    BOOST_TEST((board->cancel(RunId{"none"}, "again", now, batch).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(a_run_that_its_host_forgot_is_not_sent_again_after_a_failed_commit) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    const auto run = sender.starts.at(0).run_id;
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    connect({.results_incarnation = 2, .has_forgotten = true});
    store.fail_commits_with.reset();
    change([](StoreBatch&) {});  // another room's commit
    tick();
    BOOST_TEST(sender.starts.size() == 1u);
    BOOST_TEST(phase(run) == RunPhase::failed);
}

BOOST_AUTO_TEST_CASE(the_times_of_a_host_are_cut_to_what_has_a_date) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    RunReport told;
    told.run_id = sender.starts.at(0).run_id;
    told.fence = 1;
    told.state = RunState::succeeded;
    told.started_at_unix_ms = INT64_MIN;
    told.ended_at_unix_ms = INT64_MAX;
    change([&](StoreBatch& batch) { BOOST_TEST(board->on_run_report(web, told, now, batch).value()); });
    BOOST_TEST(record(told.run_id).started_at_unix_ms == 0);
    BOOST_TEST(record(told.run_id).ended_at_unix_ms == unix_ms(at("9999-12-31T23:59:59.999Z")));
}

// healthchecks#888: the host's clock is a minute fast, so by its own time it ran before it was to.
BOOST_AUTO_TEST_CASE(a_run_counts_for_its_start_whatever_the_clock_of_its_host_says) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    RunReport told;
    told.run_id = sender.starts.at(0).run_id;
    told.fence = 1;
    told.state = RunState::succeeded;
    told.started_at_unix_ms = unix_ms(at("2026-05-01T02:29:00Z"));
    told.ended_at_unix_ms = unix_ms(at("2026-05-01T02:29:30Z"));
    change([&](StoreBatch& batch) { BOOST_TEST(board->on_run_report(web, told, now, batch).value()); });
    BOOST_TEST(phase(told.run_id) == RunPhase::succeeded);
    BOOST_TEST((record(told.run_id).scheduled_at == at("2026-05-01T02:30:00Z")));
    tick_at("2026-05-01T02:35:00Z");
    restart();
    connect();
    tick_at("2026-05-01T02:40:00Z");
    BOOST_TEST(sender.starts.size() == 1u);
    BOOST_TEST(with(RunPhase::missed).empty());
}

BOOST_AUTO_TEST_CASE(a_report_of_another_host_changes_nothing) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    RunReport told;
    told.run_id = sender.starts.at(0).run_id;
    told.fence = 1;
    told.state = RunState::succeeded;
    change([&](StoreBatch& batch) { BOOST_TEST(!board->on_run_report(AgentId{"web-2"}, told, now, batch).value()); });
    BOOST_TEST(phase(told.run_id) == RunPhase::dispatched);
    told.run_id = "0123456789abcdef0123456789abcdef";
    change([&](StoreBatch& batch) {
        BOOST_TEST(!board->on_run_report(web, told, now, batch).value());
        BOOST_TEST(batch.is_empty());
    });
}

BOOST_AUTO_TEST_CASE(skip_gives_up_a_start_that_its_host_slept_through) {
    use(plan("nightly", "02:30", MisfirePolicy::skip));
    tick();
    tick_at("2026-05-01T02:30:00Z");
    tick_at("2026-05-01T02:31:01Z");
    BOOST_TEST(with(RunPhase::missed).size() == 1u);
    connect();
    BOOST_TEST(sender.starts.empty());
}

BOOST_AUTO_TEST_CASE(latest_replaces_the_start_that_waits) {
    tick();
    tick_at("2026-05-01T02:30:00Z");
    tick_at("2026-05-02T02:30:00Z");
    tick_at("2026-05-03T02:30:00Z");
    BOOST_TEST(with(RunPhase::missed).size() == 2u);
    connect();
    BOOST_REQUIRE(sender.starts.size() == 1u);
    BOOST_TEST(sender.starts[0].scheduled_at_unix_ms == unix_ms(at("2026-05-03T02:30:00Z")));
}

BOOST_AUTO_TEST_CASE(all_runs_one_after_the_other) {
    use(plan("nightly", "02:30", MisfirePolicy::all));
    tick();
    connect();
    restart();
    tick_at("2026-05-04T10:00:00Z");
    connect();
    for (size_t run = 1; run <= 4; ++run) {
        BOOST_REQUIRE(sender.starts.size() == run);
        report(sender.starts.back(), RunState::succeeded);
    }
    BOOST_TEST(sender.starts.size() == 4u);
    BOOST_TEST(sender.starts[0].scheduled_at_unix_ms == unix_ms(at("2026-05-01T02:30:00Z")));
}

BOOST_AUTO_TEST_CASE(a_changed_schedule_starts_over_from_now) {
    tick();
    connect();
    now.wall += 20h;
    now.mono += 20h;
    use(plan("nightly", "every 1m"));
    tick();
    BOOST_TEST(sender.starts.empty());
    BOOST_TEST(with(RunPhase::missed).empty());
}

BOOST_AUTO_TEST_CASE(hosts_without_the_labels_are_left_alone) {
    auto picky = plan("nightly", "02:30");
    picky.selector = {{"env", "test"}};
    use(picky);
    tick();
    tick_at("2026-05-01T02:30:00Z");
    BOOST_TEST(under_way() == 0u);
}

BOOST_AUTO_TEST_CASE(pruning_keeps_what_is_not_over_and_recent_keys) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    report(sender.starts.at(0), RunState::succeeded);
    tick_at("2026-05-02T02:30:00Z");
    change([&](StoreBatch& batch) { BOOST_TEST(!prune_runs(store, at("2026-05-10T00:00:00Z"), batch).value()); });
    BOOST_TEST(list_runs(store, {}).value().size() == 1u);
    BOOST_TEST(phase(sender.starts.at(1).run_id) == RunPhase::dispatched);
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_refused) {
    JobRun run;
    run.job = "backup";
    run.parameters = {{"a", "b"}};
    const auto row = encode_run(run);
    BOOST_TEST((decode_run("", row).value() == run));
    for (size_t cut = 0; cut < row.size(); ++cut) {
        BOOST_TEST(!decode_run("", row.substr(0, cut)));
    }
    BOOST_TEST(!decode_run("", row + "x"));
}

// Random restarts, clock steps, lost commits and reconnections. Whatever happens, no start is dispatched as two runs,
// and every start of the plan up to the clock's end is accounted for: it ran or is recorded as missed.
BOOST_AUTO_TEST_CASE(no_start_runs_twice_and_none_is_lost_whatever_happens) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            BoardFixture world;
            tests::SeededRandom dice(seed);
            const auto policy = static_cast<MisfirePolicy>(seed % 3);
            world.use(plan("often", "every 10m", policy));
            world.tick();
            const auto begun = world.now.wall;
            for (int step = 0; step < 300; ++step) {
                const auto passed = milliseconds{static_cast<int64_t>(dice.next() % 600'000)};
                world.now.mono += passed;
                world.now.wall += passed;
                switch (dice.next() % 12) {
                    case 0:
                        world.now.wall -= 2h;
                        break;
                    case 1:
                        world.now.wall += 5h;
                        break;
                    case 2:
                        world.restart();
                        break;
                    case 3:
                        world.connect();
                        break;
                    case 4:
                        world.board->on_disconnected(world.web);
                        break;
                    case 5:
                        world.store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
                        break;
                    default:
                        break;
                }
                world.tick();
                world.store.fail_commits_with.reset();
                if (!world.sender.starts.empty() && dice.next() % 2 == 0) {
                    world.report(world.sender.starts.back(), RunState::succeeded);
                }
            }
            world.tick();
            std::map<int64_t, std::set<std::string>> ids_of_start;
            for (const auto& start : world.sender.starts) {
                ids_of_start[start.scheduled_at_unix_ms].insert(start.run_id);
            }
            for (const auto& [instant, ids] : ids_of_start) {
                BOOST_TEST(ids.size() == 1u);
            }
            RunFilter every;
            every.limit = 100'000;
            std::set<int64_t> accounted;
            WallTime last = begun;
            const auto records = list_runs(world.store, every).value();
            for (const auto& run : records) {
                BOOST_TEST(accounted.insert(unix_ms(run.scheduled_at)).second);
                last = std::max(last, run.scheduled_at);
            }
            for (const auto& run : records) {  // one record for many starts that were missed together
                for (uint32_t back = 1; back < run.starts_missed; ++back) {
                    BOOST_TEST(accounted.insert(unix_ms(run.scheduled_at - back * 10min)).second);
                }
            }
            for (auto due = next_after(world.plans[0].schedule, begun); due <= last;
                 due = next_after(world.plans[0].schedule, due)) {
                BOOST_TEST(accounted.contains(unix_ms(due)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_holds_alerts_has_a_span_from_its_start_until_its_end_is_forgotten) {
    plans[0].has_holds = true;
    board->set_plans(plans);
    const auto spans = [this](std::string_view since) { return list_run_spans(store, at(since)).value(); };
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    const auto start = sender.starts.at(0);
    BOOST_TEST(spans("2026-05-01T02:30:00Z").empty());  // the host has not said that it began
    BOOST_TEST((store.get(Family::jobs, start.run_id).value().value() == not_begun_mark));
    BOOST_TEST(!board->take_spans_changed());
    report(start, RunState::starting);
    BOOST_TEST(store.get(Family::jobs, start.run_id).value().value().empty());
    restart();
    board->set_plans(plans);
    connect();
    const auto under_way = spans("2026-05-01T02:30:00Z");
    BOOST_REQUIRE(under_way.size() == 1u);
    BOOST_TEST(under_way[0].run.value == start.run_id);
    BOOST_TEST(under_way[0].plan == "nightly");
    BOOST_TEST(under_way[0].agent.value == "web-1");
    BOOST_TEST((under_way[0].begun_at == at("2026-05-01T02:30:00Z")));
    BOOST_TEST((under_way[0].lease == 1h));
    BOOST_TEST(!under_way[0].over_at.has_value());
    tick_at("2026-05-01T02:50:00Z");
    report(start, RunState::succeeded);
    BOOST_TEST(board->take_spans_changed());
    BOOST_TEST(!board->take_spans_changed());
    auto over = under_way[0];
    over.over_at = at("2026-05-01T02:50:00Z");
    BOOST_TEST((spans("2026-05-01T02:50:00Z") == std::vector{over}));
    BOOST_TEST(spans("2026-05-01T02:50:01Z").empty());
    const auto prune_before = [this](std::string_view end) {
        change([&](StoreBatch& batch) {
            BOOST_REQUIRE(prune_span_ends(store, at(end), batch));
            BOOST_TEST(batch.is_empty() == (end == "2026-05-01T02:50:00Z"));
        });
    };
    prune_before("2026-05-01T02:50:00Z");
    BOOST_TEST((spans("2026-05-01T02:50:00Z") == std::vector{over}));
    prune_before("2026-05-01T02:50:01Z");
    BOOST_TEST(spans("2026-05-01T00:00:00Z").empty());
}

BOOST_AUTO_TEST_CASE(a_run_that_is_sent_again_before_it_began_holds_from_then_on) {
    plans[0].has_holds = true;
    board->set_plans(plans);
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");  // it never arrives
    tick_at("2026-05-01T03:20:00Z");
    connect();
    BOOST_REQUIRE(sender.starts.size() == 2u);
    const auto start = sender.starts.at(1);
    report(start, RunState::starting);
    auto spans = list_run_spans(store, at("2026-05-01T03:20:00Z")).value();
    BOOST_REQUIRE(spans.size() == 1u);
    BOOST_TEST((spans[0].begun_at == at("2026-05-01T03:20:00Z")));
    tick_at("2026-05-01T03:40:00Z");
    connect();  // asked again while it runs: that is no new beginning
    spans = list_run_spans(store, at("2026-05-01T03:40:00Z")).value();
    BOOST_REQUIRE(spans.size() == 1u);
    BOOST_TEST((spans[0].begun_at == at("2026-05-01T03:20:00Z")));
}

BOOST_AUTO_TEST_CASE(a_run_of_a_plan_that_holds_nothing_leaves_no_span) {
    connect();
    tick();
    tick_at("2026-05-01T02:30:00Z");
    report(sender.starts.at(0), RunState::running);
    report(sender.starts.at(0), RunState::succeeded);
    BOOST_TEST(!board->take_spans_changed());
    BOOST_TEST(list_run_spans(store, at("2026-05-01T00:00:00Z")).value().empty());
}

BOOST_AUTO_TEST_CASE(a_run_by_hand_holds_as_the_plans_of_its_job_do) {
    plans[0].has_holds = true;
    board->set_plans(plans);
    connect();
    change([this](StoreBatch& batch) {
        BOOST_REQUIRE(
            board->run_now({.job = "backup", .hosts = {web}, .parameters = {}, .asked_by = "anna"}, now, batch));
    });
    report(sender.starts.at(0), RunState::running);
    BOOST_TEST(board->take_spans_changed());
    report(sender.starts.at(0), RunState::failed);
    const auto over = list_run_spans(store, now.wall).value();
    BOOST_REQUIRE(over.size() == 1u);
    BOOST_TEST(over[0].plan.empty());
    BOOST_TEST(over[0].job == "backup");
    BOOST_TEST((over[0].lease == lease_default));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_span_that_cannot_be_read_is_named) {
    change([](StoreBatch& batch) { batch.put(Family::silences, "r", ""); });
    const auto spans = list_run_spans(store, WallTime{});
    BOOST_TEST(spans.has_value());  // of no time that is asked for
    change([this](StoreBatch& batch) {
        JobRun run;
        run.id = RunId{"0199"};
        put_span_end(run, now.wall, batch);
        const auto key = batch.changes().back().key;
        batch.put(Family::silences, key, "torn");
    });
    std::vector<DamagedRow> damaged;
    BOOST_TEST(list_run_spans(store, now.wall, &damaged).has_value());
    BOOST_REQUIRE(damaged.size() == 1u);
    BOOST_TEST(damaged[0].problem.starts_with("run '0199': "));
}

BOOST_AUTO_TEST_SUITE_END()
