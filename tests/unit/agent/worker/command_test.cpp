#include "agent/worker/command.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
// The worker as the daemon starts it, with its request for a signal at the daemon's end.
int run_as_worker(const std::vector<std::string>& argv) {
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    return run_command(argv, true);
}

int status_of(const std::vector<std::string>& argv) {
    const auto worker = fork();
    if (worker == 0) {
        _exit(run_as_worker(argv));
    }
    int status = 0;
    BOOST_REQUIRE(waitpid(worker, &status, 0) == worker);
    return status;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(command)

BOOST_AUTO_TEST_CASE(ends_as_its_program_ends) {
    BOOST_TEST(WEXITSTATUS(status_of({"--", "/bin/sh", "-c", "exit 3"})) == 3);
    BOOST_TEST(WTERMSIG(status_of({"/bin/sh", "-c", "kill -USR1 $$"})) == SIGUSR1);
    BOOST_TEST(WEXITSTATUS(status_of({"--"})) == 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_has_no_status_of_a_plugin) {
    BOOST_TEST(WEXITSTATUS(status_of({"/nonexistent/program"})) == exit_not_found);
    BOOST_TEST(WEXITSTATUS(status_of({"nonexistent-program"})) == exit_not_found);
    const tests::TempFolder folder;
    std::ofstream(folder / "plain") << "#!/bin/sh\n";
    BOOST_TEST(WEXITSTATUS(status_of({folder / "plain"})) == exit_not_run);  // not executable
    BOOST_TEST(WEXITSTATUS(status_of({folder / ""})) == exit_not_run);       // a folder
}

BOOST_AUTO_TEST_CASE(nothing_of_it_outlives_a_daemon_that_was_killed) {
    const tests::TempFolder folder;
    const auto started = folder / "started";
    BOOST_REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);  // whoever outlives its parent becomes ours
    const auto daemon = fork();
    if (daemon == 0) {
        if (fork() == 0) {
            _exit(run_as_worker({"/bin/sh", "-c", "sleep 1000 & : > \"$0\"; wait", started}));
        }
        pause();
    }
    BOOST_REQUIRE(tests::wait_until([&] { return access(started.c_str(), F_OK) == 0; }));
    kill(daemon, SIGKILL);
    BOOST_TEST(tests::wait_until([] { return waitpid(-1, nullptr, WNOHANG) < 0; }));  // nobody is left
}

BOOST_AUTO_TEST_SUITE_END()
