#include "shared/loop/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <optional>

#include "shared/os/fd.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;

namespace {
struct ChildFixture {
    std::unique_ptr<Loop> loop = Loop::open().value();
    tests::TempFolder folder;
    std::unique_ptr<ChildProcess> child;
    std::optional<ChildExit> exit;

    ChildCommand shell(const std::string& script) {
        ChildCommand command;
        command.argv = {"/bin/sh", "-c", script};
        command.environment = {{"PATH", "/usr/bin:/bin"}};
        return command;
    }
    void start(ChildCommand command) {
        auto started = ChildProcess::start(*loop, std::move(command), [this](ChildExit ended) {
            exit = std::move(ended);
            loop->stop();
        });
        BOOST_REQUIRE_MESSAGE(started, started.error().message);
        child = std::move(*started);
    }
    const ChildExit& run(ChildCommand command) {
        start(std::move(command));
        loop->run();
        return exit.value();
    }
    // Ends the loop's run once the file is there.
    void run_until_present(const std::string& path) {
        Timer poll(*loop, [&] {
            if (access(path.c_str(), F_OK) == 0) {
                loop->stop();
            }
        });
        poll.start_every(2ms);
        loop->run();
    }
    // Waits until nobody of the process's group is left, as the kernel tells it.
    void run_until_group_gone(int group) {
        Timer poll(*loop, [&] {
            if (kill(-group, 0) != 0) {
                loop->stop();
            }
        });
        poll.start_every(2ms);
        loop->run();
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(child, ChildFixture)

BOOST_AUTO_TEST_CASE(gives_code_and_both_outputs) {
    const auto& ended = run(shell("echo result; echo trouble >&2; exit 3"));
    BOOST_TEST(ended.exit_code == 3);
    BOOST_TEST(ended.signal == 0);
    BOOST_TEST(ended.stdout_tail == "result\n");
    BOOST_TEST(ended.stderr_tail == "trouble\n");
    BOOST_TEST(!ended.is_cut);
}

BOOST_AUTO_TEST_CASE(output_can_be_opened_again_by_name) {
    BOOST_TEST(run(shell("echo x > /dev/stderr")).stderr_tail == "x\n");
}

BOOST_AUTO_TEST_CASE(keeps_only_the_end_of_a_long_output) {
    auto command = shell("i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done");
    command.stdout_max = 100_B;
    const auto& ended = run(std::move(command));
    BOOST_TEST(ended.stdout_tail.size() == 100u);
    BOOST_TEST(ended.stdout_tail.ends_with("line-19999\n"));
    BOOST_TEST(ended.is_cut);
}

BOOST_AUTO_TEST_CASE(keeps_only_the_head_of_a_long_output_when_asked_to) {
    auto command = shell("i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done");
    command.stdout_max = 100_B;
    command.keeps_stdout_head = true;
    const auto& ended = run(std::move(command));
    BOOST_TEST(ended.exit_code == 0);  // the rest is read, so that the child is not held up
    BOOST_TEST(ended.stdout_tail.size() == 100u);
    BOOST_TEST(ended.stdout_tail.starts_with("line-0\nline-1\n"));
    BOOST_TEST(ended.is_cut);
    auto fits = shell("printf %0100d 7");
    fits.stdout_max = 100_B;
    fits.keeps_stdout_head = true;
    const auto& whole = run(std::move(fits));
    BOOST_TEST(whole.stdout_tail.size() == 100u);
    BOOST_TEST(!whole.is_cut);
}

BOOST_AUTO_TEST_CASE(sees_the_given_environment_and_nothing_else) {
    BOOST_REQUIRE(setenv("VIGIE_TEST_SECRET", "hunter2", 1) == 0);
    auto command = shell("/usr/bin/env");
    command.environment["GIVEN"] = "a value";
    const auto& ended = run(std::move(command));
    BOOST_TEST(ended.stdout_tail.find("GIVEN=a value\n") != std::string::npos);
    BOOST_TEST(ended.stdout_tail.find("VIGIE_TEST_SECRET") == std::string::npos);
    BOOST_TEST(ended.stdout_tail.find("HOME=") == std::string::npos);
    unsetenv("VIGIE_TEST_SECRET");
}

BOOST_AUTO_TEST_CASE(reads_nothing_from_standard_input) {
    BOOST_TEST(run(shell("cat; echo end")).stdout_tail == "end\n");
}

BOOST_AUTO_TEST_CASE(runs_in_its_folder_and_leads_its_session) {
    auto command = shell("pwd; cut -d' ' -f5,6 /proc/self/stat; echo $$");
    command.folder = folder.path();
    const auto& ended = run(std::move(command));
    const auto pid = std::to_string(child->pid());
    BOOST_TEST(ended.stdout_tail == fmt::format("{}\n{} {}\n{}\n", folder.path(), pid, pid, pid));
}

BOOST_AUTO_TEST_CASE(progress_comes_through_descriptor_three) {
    std::string progress;
    auto command = shell("printf one >&3; printf two >&3");
    command.on_progress = [&](std::string_view bytes) { progress += bytes; };
    BOOST_TEST(run(std::move(command)).exit_code == 0);
    BOOST_TEST(progress == "onetwo");
}

BOOST_AUTO_TEST_CASE(there_is_no_descriptor_three_unless_asked_for) {
    BOOST_TEST(run(shell("( : >&3 ) 2>/dev/null && echo open || echo closed")).stdout_tail == "closed\n");
}

// As a library that opens its file without O_CLOEXEC.
BOOST_AUTO_TEST_CASE(inherits_no_descriptor_of_its_parent) {
    const Fd leaky(open("/dev/null", O_RDONLY));
    BOOST_REQUIRE(fcntl(leaky.get(), F_DUPFD, 50) >= 50);
    BOOST_TEST(run(shell("for fd in /proc/self/fd/*; do [ -e $fd ] && echo ${fd##*/}; done")).stdout_tail ==
               "0\n1\n2\n");
}

BOOST_AUTO_TEST_CASE(a_missing_program_is_an_error_that_names_it) {
    ChildCommand command;
    command.argv = {"/nonexistent/program"};
    const auto started = ChildProcess::start(*loop, std::move(command), [](ChildExit) {});
    BOOST_REQUIRE(!started);
    BOOST_TEST((started.error().code == ErrorCode::not_found));
    BOOST_TEST(started.error().message.find("/nonexistent/program") != std::string::npos);
    ChildCommand relative;
    relative.argv = {"sh"};
    BOOST_TEST(!ChildProcess::start(*loop, std::move(relative), [](ChildExit) {}));
}

BOOST_AUTO_TEST_CASE(a_signal_is_told_apart_from_a_code) {
    const auto& ended = run(shell("kill -9 $$"));
    BOOST_TEST(ended.signal == SIGKILL);
    BOOST_TEST(ended.exit_code == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(ending_the_group_reaches_grandchildren) {
    start(shell("sleep 1000 & touch " + (folder / "ready") + "; wait"));
    run_until_present(folder / "ready");
    const int group = child->pid();
    child->end_group(10s);
    loop->run();
    BOOST_TEST(exit.value().signal == SIGTERM);
    run_until_group_gone(group);
}

BOOST_AUTO_TEST_CASE(whoever_it_leaves_behind_is_killed_where_that_is_asked) {
    auto command = shell("sleep 1000 & echo done");
    command.ends_with_group = true;
    const auto& ended = run(std::move(command));
    BOOST_TEST(ended.exit_code == 0);
    BOOST_TEST(ended.stdout_tail == "done\n");
    run_until_group_gone(child->pid());
}

BOOST_AUTO_TEST_CASE(a_child_that_ignores_sigterm_is_killed_after_the_grace) {
    start(shell("trap '' TERM; touch " + (folder / "ready") + "; while :; do sleep 0.01; done"));
    run_until_present(folder / "ready");
    const int group = child->pid();
    child->end_group(20ms);
    loop->run();
    BOOST_TEST(exit.value().signal == SIGKILL);
    run_until_group_gone(group);
}

BOOST_AUTO_TEST_CASE(a_grandchild_holding_the_output_does_not_hold_the_end) {
    start(shell("sleep 1000 & echo done"));
    const int group = child->pid();
    loop->run();
    BOOST_TEST(exit.value().exit_code == 0);
    BOOST_TEST(exit.value().stdout_tail == "done\n");
    kill(-group, SIGKILL);
    run_until_group_gone(group);
}

BOOST_AUTO_TEST_CASE(destroying_it_kills_the_group_silently) {
    start(shell("sleep 1000 & touch " + (folder / "ready") + "; wait"));
    run_until_present(folder / "ready");
    const int group = child->pid();
    child.reset();
    run_until_group_gone(group);
    BOOST_TEST(!exit);
}

BOOST_AUTO_TEST_CASE(the_exit_callback_may_destroy_the_child) {
    auto started = ChildProcess::start(*loop, shell("exit 0"), [this](ChildExit) {
        child.reset();
        loop->stop();
    });
    child = std::move(started.value());
    loop->run();
    BOOST_TEST(!child);
}

BOOST_AUTO_TEST_CASE(the_progress_callback_may_destroy_the_child) {
    auto command = shell("printf one >&3; sleep 1000");
    command.on_progress = [this](std::string_view) {
        child.reset();
        loop->stop();
    };
    start(std::move(command));
    loop->run();
    BOOST_TEST(!child);
}

BOOST_AUTO_TEST_CASE(a_loop_ends_cleanly_with_a_child_just_destroyed) {
    start(shell("sleep 1000"));
    child.reset();
    loop.reset();
}

BOOST_AUTO_TEST_SUITE_END()
