#include "agent/checks/check_runner.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "shared/os/clock.hpp"
#include "shared/os/files.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {

ChildExit exited(int code, int signal = 0, std::string out = "", std::string err = "") {
    ChildExit exit;
    exit.exit_code = code;
    exit.signal = signal;
    exit.stdout_tail = std::move(out);
    exit.stderr_tail = std::move(err);
    return exit;
}

// Time and children that the test moves.
class FakeChildren final : public Children {
  public:
    struct Started {
        std::string check;
        std::vector<std::string> argv;
        MonoTime at;
        std::function<void(ChildExit)> on_exit;
        bool is_ended = false;  // end_group was called
    };

    explicit FakeChildren(tests::ManualClock& clock) : clock_(clock) {}

    Result<std::unique_ptr<RunningChild>> start(ChildCommand command, std::function<void(ChildExit)> on_exit) override {
        if (is_refusing) {
            return fail(ErrorCode::not_found, "run {}: No such file or directory", command.argv[0]);
        }
        auto name = command.environment["VIGIE_CHECK"];
        started.push_back(name);
        auto& one = alive[name];
        one = {.check = name, .argv = command.argv, .at = clock_.mono(), .on_exit = std::move(on_exit)};
        most_alive = std::max(most_alive, alive.size());
        return std::make_unique<Child>(*this, name);
    }
    std::unique_ptr<Delay> after(milliseconds delay, Task task) override {
        auto timer = std::make_unique<Timer>(*this);
        timers_[timer.get()] = {clock_.mono() + delay, std::move(task)};
        return timer;
    }
    void post(Task task) override { task(); }
    bool on_thread() const override { return true; }

    void run_for(nanoseconds time) {
        const auto end = clock_.mono() + time;
        for (;;) {
            auto next = timers_.end();
            for (auto at = timers_.begin(); at != timers_.end(); ++at) {
                if (at->second.due <= end && (next == timers_.end() || at->second.due < next->second.due)) {
                    next = at;
                }
            }
            if (next == timers_.end()) {
                break;
            }
            clock_.advance(next->second.due - clock_.mono());
            const auto task = std::move(next->second.task);
            timers_.erase(next);
            task();
        }
        clock_.advance(end - clock_.mono());
    }
    void finish(const std::string& check, int exit_code, const std::string& output = "") {
        const auto on_exit = alive.at(check).on_exit;
        on_exit(exited(exit_code, 0, output));
    }

    std::vector<std::string> started;
    std::map<std::string, Started> alive;
    size_t most_alive = 0;
    bool is_refusing = false;

  private:
    struct Child final : RunningChild {
        Child(FakeChildren& of, std::string check) : children(of), name(std::move(check)) {}
        ~Child() override { children.alive.erase(name); }
        void end_group(milliseconds) override { children.alive.at(name).is_ended = true; }
        FakeChildren& children;
        std::string name;
    };
    struct Timer final : Delay {
        explicit Timer(FakeChildren& of) : children(of) {}
        ~Timer() override { children.timers_.erase(this); }
        FakeChildren& children;
    };
    struct Pending {
        MonoTime due;
        Task task;
    };
    tests::ManualClock& clock_;
    std::map<const Timer*, Pending> timers_;
};

Check command_check(const std::string& name, std::vector<std::string> command = {"/bin/true"}) {
    Check check;
    check.name = name;
    check.kind = "command";
    check.category = "services";
    check.interval = 60s;
    check.retry_interval = 10s;
    check.settings = {{"command", std::move(command)}};
    return check;
}

struct RunnerFixture {
    tests::ManualClock clock;
    FakeChildren children{clock};
    std::vector<std::string> events;
    std::optional<CheckRunner> runner;

    int changes = 0;

    explicit RunnerFixture(size_t its_children_max = 8) : children_max(its_children_max) { restart(); }
    void restart() {
        CheckRunnerOptions options;
        options.worker = "/w";
        options.children_max = children_max;
        runner.emplace(
            children, clock, options,
            [this](const CheckEvent& event) { events.push_back(event.check + " " + event.message); },
            [this] { ++changes; });
    }
    size_t children_max;
    // Runs until the check is alive, at most its interval.
    void run_until_started(const std::string& check) {
        const auto before = std::count(children.started.begin(), children.started.end(), check);
        for (int i = 0; i < 600 && std::count(children.started.begin(), children.started.end(), check) == before; ++i) {
            children.run_for(100ms);
        }
        BOOST_REQUIRE(children.alive.contains(check));
    }
    double value(const std::string& name) const {
        SeriesWriter writer;
        writer.begin();
        runner->collect(writer);
        writer.finish();
        std::istringstream schema(writer.schema());
        size_t at = 0;
        for (std::string key; std::getline(schema, key); ++at) {
            if (key == name || key.starts_with(name + "{") || (name.ends_with('"') && key.starts_with(name))) {
                return writer.values().at(at);
            }
        }
        return -1;
    }
};
struct TwoAtOnce : RunnerFixture {
    TwoAtOnce() : RunnerFixture(2) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(check_runner)

BOOST_FIXTURE_TEST_CASE(runs_a_check_at_its_interval_and_sooner_while_soft, RunnerFixture) {
    runner->set_checks({command_check("a")});
    run_until_started("a");
    BOOST_TEST(children.alive.at("a").argv ==
                   (std::vector<std::string>{"/w", "--die-with-parent", "command", "--", "/bin/true"}),
               boost::test_tools::per_element());
    const auto first = children.alive.at("a").at;
    children.run_for(2s);
    children.finish("a", 0, "fine");
    run_until_started("a");
    BOOST_TEST((children.alive.at("a").at - first == 60s));  // from start to start
    children.finish("a", 2, "down");
    run_until_started("a");
    BOOST_TEST((children.alive.at("a").at - first == 70s));
    children.finish("a", 2, "down");
    run_until_started("a");
    children.finish("a", 2, "down | load=3");
    BOOST_TEST(events == (std::vector<std::string>{"a OK hard 1/3: fine", "a CRITICAL soft 1/3: down",
                                                   "a CRITICAL hard 3/3: down"}),
               boost::test_tools::per_element());
    BOOST_TEST(value("vigie_check_status") == 2);
    BOOST_TEST(value("vigie_check_hard_status") == 2);
    BOOST_TEST(value("vigie_check_perfdata") == 3);
}

BOOST_FIXTURE_TEST_CASE(never_runs_a_check_twice_at_once, RunnerFixture) {
    auto check = command_check("a");
    check.timeout = std::chrono::hours{10};
    runner->set_checks({check});
    run_until_started("a");
    children.run_for(std::chrono::hours{5});
    BOOST_TEST(children.started.size() == 1u);
    children.finish("a", 0);
    children.run_for(59s);  // what was missed is not made up for
    BOOST_TEST(children.started.size() <= 2u);
}

BOOST_FIXTURE_TEST_CASE(ends_a_check_at_its_timeout_as_critical, RunnerFixture) {
    auto check = command_check("a");
    check.max_attempts = 1;
    runner->set_checks({check});
    run_until_started("a");
    children.run_for(9900ms);
    BOOST_TEST(!children.alive.at("a").is_ended);
    children.run_for(100ms);
    BOOST_TEST(children.alive.at("a").is_ended);
    children.finish("a", 143);
    BOOST_TEST(events.back() == "a CRITICAL hard 1/1: ended after 10s, the longest it may take");
}

BOOST_FIXTURE_TEST_CASE(gives_our_own_probes_time_to_say_what_they_waited_for, RunnerFixture) {
    auto check = command_check("a");
    check.kind = "tcp";
    check.settings = {{"port", {"80"}}};
    runner->set_checks({check});
    run_until_started("a");
    children.run_for(10900ms);
    BOOST_TEST(!children.alive.at("a").is_ended);
    children.run_for(100ms);
    BOOST_TEST(children.alive.at("a").is_ended);
}

BOOST_FIXTURE_TEST_CASE(bounds_how_many_run_at_once, TwoAtOnce) {
    std::vector<Check> checks;
    for (int i = 0; i < 10; ++i) {
        checks.push_back(command_check(fmt::format("c{}", i)));
    }
    runner->set_checks(checks);
    for (int i = 0; i < 200; ++i) {
        children.run_for(1s);
        if (i % 3 == 0 && !children.alive.empty()) {
            children.finish(children.alive.begin()->first, 0);
        }
    }
    BOOST_TEST(children.most_alive == 2u);
    const std::set<std::string> ran(children.started.begin(), children.started.end());
    BOOST_TEST(ran.size() == 10u);
}

// 24 of 10 s would take 30 s of eight places, in each of their minutes and at each of their retries.
BOOST_FIXTURE_TEST_CASE(checks_that_hang_do_not_starve_others, RunnerFixture) {
    std::vector<Check> checks{command_check("fine")};
    checks[0].interval = 1s;
    for (int i = 0; i < 24; ++i) {
        checks.push_back(command_check(fmt::format("hangs{}", i)));
        checks.back().interval = 10s;
    }
    runner->set_checks(checks);
    const auto run_seconds = [this](int seconds) {
        for (int i = 0; i < seconds * 10; ++i) {
            children.run_for(100ms);
            std::vector<std::string> over;
            for (const auto& [name, child] : children.alive) {
                if (name == "fine" || child.is_ended) {
                    over.push_back(name);
                }
            }
            for (const auto& name : over) {
                children.finish(name, name == "fine" ? 0 : 143);
            }
        }
    };
    run_seconds(60);  // all have hung once
    children.started.clear();
    run_seconds(120);
    BOOST_TEST(std::count(children.started.begin(), children.started.end(), "fine") >= 110);
    // Seven places of ten seconds are 84 runs in two minutes, shared fairly.
    for (int i = 0; i < 24; ++i) {
        const auto ran = std::count(children.started.begin(), children.started.end(), fmt::format("hangs{}", i));
        BOOST_TEST(ran >= 2, i);
        BOOST_TEST(ran <= 5, i);
    }
    BOOST_TEST(children.most_alive == 8u);
    // Three of them and a half share a place of ten seconds: a run begins some 24 s after the end of the one before.
    int late = 0;
    for (int i = 0; i < 24; ++i) {
        late += value(fmt::format("vigie_check_late_seconds{{category=\"services\",check=\"hangs{}\"", i)) > 15 ? 1 : 0;
    }
    BOOST_TEST(late >= 7);  // those that run, and some that wait
    BOOST_TEST(value("vigie_check_late_seconds{category=\"services\",check=\"fine\"") < 1);
}

BOOST_FIXTURE_TEST_CASE(who_is_the_most_intervals_late_goes_first, TwoAtOnce) {
    auto rare = command_check("rare");
    rare.interval = std::chrono::hours{1};
    auto often = command_check("often");
    often.interval = 1s;
    runner->set_checks({command_check("a"), command_check("b")});
    while (children.alive.size() < 2) {
        children.run_for(1s);
    }
    runner->set_checks({command_check("a"), command_check("b"), rare, often});
    children.run_for(90s);  // both are due, "rare" perhaps before
    BOOST_TEST(value("vigie_check_late_seconds{category=\"services\",check=\"often\"") > 80);
    children.started.clear();
    children.finish("a", 0);
    BOOST_TEST(children.started == std::vector<std::string>{"often"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(spreads_first_starts_by_name, RunnerFixture) {
    std::set<int64_t> delays;
    for (int i = 0; i < 100; ++i) {
        const auto delay = first_delay(command_check(fmt::format("check-{}", i)));
        BOOST_TEST((delay >= 0ms && delay < 60s));
        BOOST_TEST((delay == first_delay(command_check(fmt::format("check-{}", i)))));
        delays.insert(delay / 6s);
    }
    BOOST_TEST(delays.size() == 10u);  // a hundred of them in every tenth of the minute
}

BOOST_FIXTURE_TEST_CASE(keeps_the_state_of_checks_that_are_as_before, RunnerFixture) {
    auto a = command_check("a");
    a.max_attempts = 1;
    runner->set_checks({a, command_check("b"), command_check("c")});
    run_until_started("a");
    children.finish("a", 2, "down");
    events.clear();
    a.place = "other.yaml:7";
    auto changed = command_check("b", {"/bin/false"});
    runner->set_checks({changed, a});
    BOOST_TEST(value("vigie_check_status") == 2);
    children.run_for(10min);
    for (const auto& [name, child] : children.alive) {
        BOOST_TEST(name != "c");
    }
    BOOST_TEST(children.alive.contains("b"));
    BOOST_TEST(runner->running() == children.alive.size());
    runner->set_checks({});
    BOOST_TEST(children.alive.empty());
    BOOST_TEST(runner->running() == 0u);
    children.run_for(10min);
    BOOST_TEST(children.alive.empty());
}

BOOST_FIXTURE_TEST_CASE(goes_on_after_a_restart_as_if_it_had_not_ended, RunnerFixture) {
    auto hard = command_check("hard");
    hard.max_attempts = 1;
    auto soft = command_check("soft");
    soft.retry_interval = 60s;
    const auto finish_all = [this] {
        while (!children.alive.empty()) {
            const auto name = children.alive.begin()->first;
            children.finish(name, name == "hard" || name == "soft" ? 2 : 0, "said");
        }
    };
    runner->set_checks({hard, soft, command_check("fine")});
    for (int i = 0; i < 60; ++i) {  // each runs once
        children.run_for(1s);
        finish_all();
    }
    BOOST_TEST(children.started.size() == 3u);
    BOOST_TEST(changes == 3);
    const auto since = value("vigie_check_since_timestamp_seconds");
    const auto known = runner->remembered();
    BOOST_TEST(known.size() == 3u);
    events.clear();
    restart();
    clock.advance(20s);
    runner->recall(known);
    runner->set_checks({hard, soft, command_check("fine"), command_check("new")});
    BOOST_TEST(value("vigie_check_hard_status") == 2);  // before it ran
    BOOST_TEST(value("vigie_check_since_timestamp_seconds") == since);
    BOOST_TEST((runner->remembered() == known));
    for (int i = 0; i < 120; ++i) {
        children.run_for(1s);
        finish_all();
    }
    std::sort(events.begin(), events.end());
    BOOST_TEST(events == (std::vector<std::string>{"new OK hard 1/3: said", "soft CRITICAL hard 3/3: said"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_soft_state_is_asked_again_soon_after_a_restart) {
    CheckState soft;
    soft.has_result = true;
    soft.status = CheckStatus::critical;
    soft.is_hard = false;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST((first_delay(command_check(fmt::format("check-{}", i)), soft) < 10s));
    }
}

BOOST_FIXTURE_TEST_CASE(begins_anew_what_is_defined_otherwise_after_a_restart, RunnerFixture) {
    auto check = command_check("a");
    check.max_attempts = 1;
    runner->set_checks({check});
    run_until_started("a");
    children.finish("a", 2, "down");
    const auto known = runner->remembered();
    restart();
    runner->recall(known);
    check.interval = 30s;
    runner->set_checks({check});
    BOOST_TEST(value("vigie_check_status") == -1);
    BOOST_TEST(runner->remembered().empty());
    runner->set_checks({});
    check.interval = 60s;
    runner->set_checks({check});  // what was recalled once is forgotten
    BOOST_TEST(runner->remembered().empty());
}

BOOST_FIXTURE_TEST_CASE(bounds_its_series_and_says_what_is_left_out, RunnerFixture) {
    std::vector<Check> checks;
    for (int i = 0; i < 200; ++i) {
        checks.push_back(command_check(fmt::format("c{}", i)));
        checks.back().labels = {{"long", std::string(80, 'x')}};
    }
    runner->set_checks(checks);
    for (int i = 0; i < 600; ++i) {
        children.run_for(100ms);
        while (!children.alive.empty()) {
            children.finish(children.alive.begin()->first, 0, "fine | a=1 b=2 c=3");
        }
    }
    SeriesWriter writer;
    writer.begin();
    runner->collect(writer);
    writer.finish();
    BOOST_TEST(writer.schema().size() <= check_series_bytes_max + 100);
    BOOST_TEST(writer.schema().find(R"(vigie_check_hard_status{category="services",check="c199")") !=
               std::string::npos);
    const auto left_out = value("vigie_checks_left_out");
    BOOST_TEST(left_out > 0);
    BOOST_TEST(left_out < 200);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_is_not_there_is_unknown, RunnerFixture) {
    children.is_refusing = true;
    runner->set_checks({command_check("a")});
    children.run_for(1min);
    BOOST_TEST(value("vigie_check_status") == 3);
    BOOST_TEST(events.front() == "a UNKNOWN soft 1/3: run /w: No such file or directory");
    BOOST_TEST(runner->running() == 0u);
}

BOOST_FIXTURE_TEST_CASE(tells_a_flapping_check_a_few_times_and_how_often_it_did_not, RunnerFixture) {
    auto check = command_check("a");
    check.max_attempts = 1;
    check.interval = 1s;
    check.retry_interval = 1s;
    runner->set_checks({check});
    for (int i = 0; i < 170; ++i) {
        run_until_started("a");
        children.finish("a", i % 2 == 0 ? 0 : 2, "flap");
    }
    BOOST_TEST(events.size() == 20u);
    for (int i = 0; i < 30; ++i) {
        run_until_started("a");
        children.finish("a", i % 2 == 0 ? 0 : 2, "flap");
    }
    BOOST_REQUIRE(events.size() == 21u);
    BOOST_TEST(events.back().find("changes before it are not listed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(exits_mean_what_they_mean_to_nagios) {
    const auto check = command_check("a");
    const auto status = [&check](ChildExit exit) { return result_of(check, exit, false, 1s).status; };
    BOOST_TEST((status(exited(0)) == CheckStatus::ok));
    BOOST_TEST((status(exited(1)) == CheckStatus::warning));
    BOOST_TEST((status(exited(2)) == CheckStatus::critical));
    BOOST_TEST((status(exited(3)) == CheckStatus::unknown));
    BOOST_TEST((status(exited(4)) == CheckStatus::unknown));
    BOOST_TEST((status(exited(137, 9)) == CheckStatus::unknown));
    BOOST_TEST(result_of(check, exited(127, 0, "", "sh: no\n"), false, 1s).text ==
               "exit status 127 is none of 0 to 3: sh: no");
    BOOST_TEST(result_of(check, exited(137, 9), false, 1s).text == "ended by signal 9");
    const auto missing = exited(127, 0, "", "vigie-worker: run /usr/lib/x: No such file or directory\n");
    BOOST_TEST((result_of(check, missing, false, 1s).status == CheckStatus::unknown));
    BOOST_TEST(result_of(check, missing, false, 1s).text == "can't be started: /usr/lib/x: No such file or directory");
}

// What is behind the bar of the first line counts, whatever follows; a number that was cut does not.
BOOST_AUTO_TEST_CASE(of_a_long_output_the_first_lines_count) {
    const auto check = command_check("a");
    BOOST_TEST(command_of(check, {}).keeps_stdout_head);
    const auto most = command_of(check, {}).stdout_max.count;
    auto exit = exited(2, 0, "DISK CRITICAL - /srv is full | /srv=99%\n" + std::string(most, 'x'));
    exit.stdout_tail.resize(most);
    exit.is_cut = true;
    const auto result = result_of(check, exit, false, 1s);
    BOOST_TEST((result.status == CheckStatus::critical));
    BOOST_TEST(result.text.starts_with("DISK CRITICAL - /srv is full"), result.text);
    BOOST_REQUIRE(result.values.size() == 1u);
    BOOST_TEST(result.values[0].value == 99);
    exit.stdout_tail = "OK | a=1 " + std::string(most - 15, ' ') + "b=1200";
    const auto values = result_of(check, exit, false, 1s).values;
    BOOST_REQUIRE(values.size() == 1u);
    BOOST_TEST(values[0].label == "a");
    exit.is_cut = false;
    BOOST_TEST(result_of(check, exit, false, 1s).values.size() == 2u);
}

namespace {
size_t alive_with(const std::string& word) {
    size_t count = 0;
    SystemFiles files;
    auto* const folder = opendir("/proc");
    while (const auto* const entry = readdir(folder)) {
        const auto words = files.read(fmt::format("/proc/{}/cmdline", entry->d_name), 1_MiB).value_or("");
        count += words.starts_with("sleep") && words.find(word) != words.npos ? 1 : 0;
    }
    closedir(folder);
    return count;
}
}  // namespace

// Each cycle starts a command that never ends, with a child that never ends either. Of real processes.
BOOST_AUTO_TEST_CASE(a_command_that_hangs_for_ever_is_alive_once_and_ended_with_its_children) {
    const auto loop = Loop::open().value();
    LoopChildren children(*loop);
    const SystemClock clock;
    const tests::TempFolder folder;
    CheckRunnerOptions options;
    options.worker = folder / "worker";
    std::ofstream(options.worker) << "#!/bin/sh\nshift 3\nexec \"$@\"\n";
    chmod(options.worker.c_str(), 0755);
    const auto marker = fmt::format("31536000.{}", getpid());  // a year, and which test's it is
    int ended = 0;
    auto check = command_check("hangs", {"/bin/sh", "-c", fmt::format("sleep {0} & sleep {0}; true", marker)});
    check.interval = 20ms;
    check.timeout = 15ms;
    check.max_attempts = 1;
    size_t most = 0;
    size_t most_running = 0;
    {
        CheckRunner runner(children, clock, options, [](const CheckEvent&) {});
        runner.set_checks({check});
        double last_run = 0;
        Timer poll(*loop, [&] {
            most = std::max(most, alive_with(marker));
            most_running = std::max(most_running, runner.running());
            SeriesWriter writer;
            writer.begin();
            runner.collect(writer);
            writer.finish();
            if (writer.values().size() > 7 && writer.values()[7] != last_run) {
                last_run = writer.values()[7];
                ++ended;
            }
            if (ended >= 100) {
                loop->stop();
            }
        });
        poll.start_every(5ms);
        loop->run();
    }
    BOOST_TEST(most_running == 1u);
    // The command's sleep and its child's, and perhaps those of the one before: killed, but not yet scheduled to end.
    BOOST_TEST(most >= 1u);
    BOOST_TEST(most <= 4u);
    Timer poll(*loop, [&] {
        if (alive_with(marker) == 0) {
            loop->stop();
        }
    });
    poll.start_every(5ms);
    loop->run();
    BOOST_TEST(alive_with(marker) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
