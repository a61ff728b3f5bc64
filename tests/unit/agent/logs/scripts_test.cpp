#include "agent/logs/scripts.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

using namespace vigie;
using namespace vigie::agent::logs;

BOOST_AUTO_TEST_SUITE(scripts)

BOOST_AUTO_TEST_CASE(end_with_their_children_when_the_run_is_ended) {
    const tests::TempFolder folder;
    const auto started = folder / "started";
    BOOST_REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);  // whoever outlives its parent becomes ours
    const auto run = fork();
    if (run == 0) {
        static_cast<void>(run_script({"postrotate", "sleep 1000 & : > \"$1\"; wait", started, ""}, 1h));
        _exit(0);
    }
    BOOST_REQUIRE(tests::wait_until([&] { return access(started.c_str(), F_OK) == 0; }));
    kill(run, SIGTERM);
    int status = 0;
    BOOST_TEST(waitpid(run, &status, 0) == run);
    BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
    BOOST_TEST(tests::wait_until([] { return waitpid(-1, nullptr, WNOHANG) < 0; }));  // nobody is left
}

BOOST_AUTO_TEST_SUITE_END()
