#include "agent/jobs/job_runner.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "agent/outbox/agent_state.hpp"
#include "protocol/codec/codec.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;
using protocol::JobStart;
using protocol::RunReport;
using protocol::RunState;

namespace {
struct RunnerFixture {
    std::unique_ptr<Loop> loop = Loop::open().value();
    LoopChildren children{*loop};
    tests::TempFolder folder;
    tests::ManualClock clock;
    tests::SeededRandom random{3};
    std::unique_ptr<AgentState> state = open_state();
    JobRunnerOptions options;
    std::vector<protocol::JobProgress> progress;
    std::unique_ptr<JobRunner> runner;

    RunnerFixture() {
        // The worker's seven common words, then a script: so that the runner is tested apart from the real worker.
        options.worker = folder / "worker";
        std::ofstream(options.worker) << "#!/bin/sh\nshift 7\nexec /bin/sh -c \"$1\"\n";
        chmod(options.worker.c_str(), 0755);
        options.kill_grace = 5s;
    }
    std::unique_ptr<AgentState> open_state() {
        auto opened = AgentState::open(folder / "state.db", {}, random, clock, [](const RunReport& report) {
            return protocol::encode_entry(protocol::Entry(report));
        });
        BOOST_REQUIRE_MESSAGE(opened, opened.error().message);
        return std::move(*opened);
    }
    static HostJob job(const std::string& name, const std::string& script, milliseconds timeout = 1min) {
        HostJob made;
        made.name = name;
        made.worker_arguments = {script};
        made.timeout = timeout;
        return made;
    }
    void open(std::vector<HostJob> jobs) {
        runner = std::make_unique<JobRunner>(
            children, state->runs(), clock, JobTable::make(std::move(jobs)).value(), options,
            JobRunner::Callbacks{.on_progress = [this](protocol::JobProgress at) { progress.push_back(std::move(at)); },
                                 .on_report = [this] { loop->stop(); }});
        BOOST_REQUIRE(runner->recover());
    }
    // The agent dies without a word and a new one opens what is on disk.
    void crash_and_open(std::vector<HostJob> jobs) {
        runner.reset();
        state.reset();
        state = open_state();
        open(std::move(jobs));
    }
    static JobStart start(const std::string& id, const std::string& job, uint64_t fence = 1) {
        JobStart made;
        made.run_id = id;
        made.fence = fence;
        made.job = job;
        return made;
    }
    std::vector<RunReport> reports() {
        std::vector<RunReport> told;
        const auto rows = state->outbox().read_from(protocol::Stream::results, 1, 1 << 20).value();
        for (const auto& row : rows) {
            told.push_back(std::get<RunReport>(protocol::decode_entry(row.bytes).value()));
        }
        return told;
    }
    std::vector<RunState> states_of(const std::string& id) {
        std::vector<RunState> states;
        for (const auto& report : reports()) {
            if (report.run_id == id) {
                states.push_back(report.state);
            }
        }
        return states;
    }
    RunReport last_of(const std::string& id) {
        RunReport last;
        for (auto& report : reports()) {
            if (report.run_id == id) {
                last = std::move(report);
            }
        }
        return last;
    }
    // Until the run's newest report is an end.
    RunReport run_until_over(const std::string& id) {
        while (!is_finished(last_of(id).state)) {
            loop->run();
        }
        return last_of(id);
    }
    void run_until(const std::function<bool()>& is_reached) {
        Timer poll(*loop, [&] { loop->stop(); });
        poll.start_every(2ms);
        while (!is_reached()) {
            loop->run();
        }
    }
    void run_until_present(const std::string& name) {
        run_until([&] { return access((folder / name).c_str(), F_OK) == 0; });
    }
    std::string content(const std::string& name) {
        std::ostringstream text;
        text << std::ifstream(folder / name).rdbuf();
        return text.str();
    }
    std::string blocking_script() { return "sleep 1000 & echo $$ > " + (folder / "ready") + "; wait"; }
};
}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(vigie::protocol::RunState)

BOOST_FIXTURE_TEST_SUITE(job_runner, RunnerFixture)

BOOST_AUTO_TEST_CASE(a_run_reports_running_and_then_its_end_with_result_and_output) {
    open({job("probe", "echo looking; echo '{\"files\":3}'; echo a warning >&2")});
    runner->start(start("r1", "probe"));
    const auto end = run_until_over("r1");
    BOOST_TEST((states_of("r1") == std::vector{RunState::running, RunState::succeeded}));
    BOOST_TEST(end.report_json == "{\"files\":3}");
    BOOST_TEST(end.output_tail == "looking\na warning\n");
    BOOST_TEST(end.job == "probe");
    BOOST_TEST(end.started_at_unix_ms == unix_ms(clock.wall()));
    BOOST_TEST(end.ended_at_unix_ms == unix_ms(clock.wall()));
}

BOOST_AUTO_TEST_CASE(exit_statuses_mean_succeeded_partial_and_failed) {
    open({job("three", "exit 3"), job("four", "exit 4"), job("killed", "kill -9 $$")});
    runner->start(start("r3", "three"));
    runner->start(start("r4", "four"));
    runner->start(start("r9", "killed"));
    BOOST_TEST(run_until_over("r3").state == RunState::partial);
    BOOST_TEST(run_until_over("r4").state == RunState::failed);
    BOOST_TEST(last_of("r4").exit_code == 4);
    BOOST_TEST(last_of("r4").message == "exited with status 4");
    BOOST_TEST(run_until_over("r9").message == "ended by signal 9");
}

BOOST_AUTO_TEST_CASE(the_tail_of_a_long_error_output_is_bounded) {
    open({job("loud", "i=0; while [ $i -lt 3000 ]; do echo line-$i >&2; i=$((i+1)); done; exit 1")});
    runner->start(start("r1", "loud"));
    const auto end = run_until_over("r1");
    BOOST_TEST(end.output_tail.size() == protocol::run_output_bytes_max);
    BOOST_TEST(end.output_tail.ends_with("line-2999\n"));
}

BOOST_AUTO_TEST_CASE(parameters_come_as_environment_after_a_check) {
    auto made = job("scan", "printf '{\"depth\":\"%s\"}' \"$VIGIE_PARAM_MAX_DEPTH\"");
    made.parameters = {{"max-depth", "integer 1..10"}};
    open({made});
    auto good = start("good", "scan");
    good.parameters = {{"max-depth", "7"}};
    runner->start(good);
    BOOST_TEST(run_until_over("good").report_json == "{\"depth\":\"7\"}");
    auto bad = start("bad", "scan");
    bad.parameters = {{"max-depth", "7; rm -rf /"}};
    runner->start(bad);
    BOOST_TEST(last_of("bad").state == RunState::refused);
    BOOST_TEST(last_of("bad").message.find("max-depth") != std::string::npos);
    auto unknown = start("unknown", "scan");
    unknown.parameters = {{"PATH", "/tmp"}};
    runner->start(unknown);
    BOOST_TEST(last_of("unknown").state == RunState::refused);
    runner->start(start("other", "nobody-knows"));
    BOOST_TEST(last_of("other").state == RunState::refused);
    BOOST_TEST(last_of("other").message.find("nobody-knows") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_repeated_start_starts_nothing) {
    open({job("count", "echo once >> " + (folder / "count"))});
    runner->start(start("r1", "count"));
    runner->start(start("r1", "count"));
    runner->start(start("r1", "count", 2));
    run_until_over("r1");
    runner->start(start("r1", "count"));
    runner->start(start("r1", "count", 3));
    BOOST_TEST(runner->running() == 0u);
    BOOST_TEST(content("count") == "once\n");
    BOOST_TEST(states_of("r1").size() == 2u);
    BOOST_TEST(last_of("r1").fence == 2u);
}

BOOST_AUTO_TEST_CASE(a_job_runs_once_at_a_time) {
    open({job("long", blocking_script())});
    runner->start(start("r1", "long"));
    runner->start(start("r2", "long"));
    BOOST_TEST(last_of("r2").state == RunState::refused);
    BOOST_TEST(runner->running() == 1u);
}

BOOST_AUTO_TEST_CASE(children_are_bounded_and_further_runs_wait) {
    options.children_max = 1;
    open({job("long", blocking_script()), job("short", "true"), job("third", "true")});
    runner->start(start("r1", "long"));
    runner->start(start("r2", "short"));
    runner->start(start("r3", "third"));
    BOOST_TEST(runner->waiting() == 2u);
    runner->cancel({"r3", 1, ""});
    BOOST_TEST(last_of("r3").state == RunState::cancelled);
    run_until_present("ready");
    runner->cancel({"r1", 1, ""});
    BOOST_TEST(run_until_over("r2").state == RunState::succeeded);
    BOOST_TEST((states_of("r3") == std::vector{RunState::cancelled}));
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_the_whole_group) {
    open({job("long", blocking_script(), 200ms)});
    runner->start(start("r1", "long"));
    const auto end = run_until_over("r1");
    BOOST_TEST(end.state == RunState::timed_out);
    BOOST_TEST(end.message == "ended after 200ms, the longest it may take");
    const int group = std::stoi(content("ready"));
    run_until([&] { return kill(-group, 0) != 0; });
}

BOOST_AUTO_TEST_CASE(a_lease_may_shorten_the_timeout_and_not_lengthen_it) {
    open({job("long", "sleep 1000", 1min), job("brief", "sleep 1000", 20ms)});
    auto leased = start("r1", "long");
    leased.lease_ms = 20;
    runner->start(leased);
    BOOST_TEST(run_until_over("r1").state == RunState::timed_out);
    auto greedy = start("r2", "brief");
    greedy.lease_ms = 3'600'000;
    runner->start(greedy);
    BOOST_TEST(run_until_over("r2").state == RunState::timed_out);
}

BOOST_AUTO_TEST_CASE(cancel_ends_the_group_and_reports_why) {
    open({job("long", blocking_script())});
    runner->start(start("r1", "long"));
    run_until_present("ready");
    runner->cancel({"r1", 1, "asked by ann"});
    const auto end = run_until_over("r1");
    BOOST_TEST(end.state == RunState::cancelled);
    BOOST_TEST(end.message == "cancelled: asked by ann");
    const int group = std::stoi(content("ready"));
    run_until([&] { return kill(-group, 0) != 0; });
}

BOOST_AUTO_TEST_CASE(a_cancel_before_its_start_prevents_it_also_over_a_crash) {
    const auto jobs = std::vector{job("count", "echo once >> " + (folder / "count"))};
    open(jobs);
    runner->cancel({"r1", 1, ""});
    BOOST_TEST((states_of("r1") == std::vector{RunState::cancelled}));
    crash_and_open(jobs);
    runner->start(start("r1", "count"));
    BOOST_TEST(runner->running() == 0u);
    BOOST_TEST(content("count").empty());
    BOOST_TEST(states_of("r1").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_crash_between_record_and_spawn_is_reported_and_starts_nothing_twice) {
    const auto jobs = std::vector{job("count", "echo once >> " + (folder / "count"))};
    BOOST_REQUIRE(state->runs().record_starting(start("r1", "count"), clock.wall()));
    crash_and_open(jobs);
    BOOST_TEST((states_of("r1") == std::vector{RunState::indeterminate}));
    runner->start(start("r1", "count"));  // the same dispatch, sent again
    BOOST_TEST(runner->running() == 0u);
    runner->start(start("r1", "count", 2));  // the controller's decision to run it again
    BOOST_TEST(run_until_over("r1").state == RunState::succeeded);
    BOOST_TEST(content("count") == "once\n");
}

BOOST_AUTO_TEST_CASE(a_crash_during_the_run_is_reported_as_indeterminate) {
    const auto jobs = std::vector{job("long", blocking_script())};
    open(jobs);
    runner->start(start("r1", "long"));
    run_until_present("ready");
    crash_and_open(jobs);
    BOOST_TEST((states_of("r1") == std::vector{RunState::running, RunState::indeterminate}));
    crash_and_open(jobs);  // told once
    BOOST_TEST(states_of("r1").size() == 2u);
}

BOOST_AUTO_TEST_CASE(progress_carries_the_run_and_nonsense_is_dropped) {
    const protocol::JobProgress at{.run_id = {}, .done = 5, .total = 10, .unit = "files", .doing = "/etc"};
    std::ofstream(folder / "frames", std::ios::binary) << protocol::encode_progress_frame(at);
    open({job("good", "cat " + (folder / "frames") + " >&3"),
          job("bad", "echo nonsense >&3; sleep 0.01; echo more >&3")});
    runner->start(start("r1", "good"));
    run_until_over("r1");
    BOOST_REQUIRE(progress.size() == 1u);
    BOOST_TEST(progress[0].run_id == "r1");
    BOOST_TEST(progress[0].done == 5u);
    BOOST_TEST(progress[0].doing == "/etc");
    runner->start(start("r2", "bad"));
    BOOST_TEST(run_until_over("r2").state == RunState::succeeded);
    BOOST_TEST(progress.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_missing_fails_the_run_with_its_path) {
    options.worker = "/nonexistent/vigie-worker";
    open({job("any", "true")});
    runner->start(start("r1", "any"));
    BOOST_TEST(last_of("r1").state == RunState::failed);
    BOOST_TEST(last_of("r1").message.find("/nonexistent/vigie-worker") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(shutting_down_ends_and_reports_all_runs) {
    options.children_max = 1;
    open({job("long", blocking_script()), job("short", "true")});
    runner->start(start("r1", "long"));
    runner->start(start("r2", "short"));
    run_until_present("ready");
    bool is_done = false;
    runner->shut_down([&] { is_done = true; });
    run_until([&] { return is_done; });
    BOOST_TEST(last_of("r1").state == RunState::failed);
    BOOST_TEST(last_of("r1").message == "ended because the agent was stopped");
    BOOST_TEST(last_of("r2").state == RunState::failed);
    runner->start(start("r3", "short"));
    BOOST_TEST(states_of("r3").empty());
}

BOOST_AUTO_TEST_CASE(a_result_is_the_whole_output_or_its_last_line) {
    BOOST_TEST(result_of_output("{\n \"a\": 1\n}\n") == "{\n \"a\": 1\n}");
    BOOST_TEST(result_of_output("log\nlog\n{\"a\":1}\n\n") == "{\"a\":1}");
    BOOST_TEST(result_of_output("no result\n").empty());
    BOOST_TEST(result_of_output("").empty());
    BOOST_TEST(result_of_output("{" + std::string(70'000, ' ') + "}").empty());
}

BOOST_AUTO_TEST_CASE(output_is_shown_without_the_result_and_both_tails_fit) {
    BOOST_TEST(shown_output("cleared 3\n{\"a\":1}\n", "{\"a\":1}", "warned\n") == "cleared 3\nwarned\n");
    BOOST_TEST(shown_output("cleared 3", "", "warned") == "cleared 3\nwarned");
    BOOST_TEST(shown_output("{\"a\":1}\n", "{\"a\":1}", "") == "");
    const std::string out(protocol::run_output_bytes_max, 'o');
    const std::string err(protocol::run_output_bytes_max, 'e');
    const auto shown = shown_output("x" + out, "", err + "!");
    BOOST_TEST(shown.size() == protocol::run_output_bytes_max);
    BOOST_TEST(shown.starts_with("oo"));
    BOOST_TEST(shown.ends_with("e!"));
    BOOST_TEST(shown_output("x" + out, "", "") == out);
}

BOOST_AUTO_TEST_SUITE_END()
