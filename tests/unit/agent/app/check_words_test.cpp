// Checks by hand.
#include "agent/app/check_words.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

struct WordsFixture {
    tests::TempFolder folder;
    std::string worker = folder / "worker";
    AgentConfig config;
    std::ostringstream out;

    WordsFixture() {
        std::ofstream(worker) << "#!/bin/sh\nshift 3\nexec \"$@\"\n";  // --die-with-parent command --
        chmod(worker.c_str(), 0755);
    }
    void add(const std::string& name, const std::string& script, milliseconds timeout = 1min) {
        Check check;
        check.name = name;
        check.kind = "command";
        check.timeout = timeout;
        check.settings = {{"command", {"/bin/sh", "-c", script}}};
        config.checks.push_back(std::move(check));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_words, WordsFixture)

BOOST_AUTO_TEST_CASE(all_are_run_and_the_worst_is_told) {
    add("a", "echo 'fine | load=3'");
    add("b", "echo down; exit 2");
    add("c", "echo what; exit 3");
    const auto worst = run_checks(config, worker, {}, out);
    BOOST_REQUIRE_MESSAGE(worst, worst.error().message);
    BOOST_TEST((*worst == CheckStatus::critical));
    BOOST_TEST(out.str().find("a  OK  fine (") != std::string::npos);
    BOOST_TEST(out.str().find("    load 3\n") != std::string::npos);
    BOOST_TEST(out.str().find("b  CRITICAL  down (") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_are_run_in_the_order_in_which_they_are_named) {
    add("a", "exit 1");
    add("b", "exit 2");
    add("c", "exit 0");
    BOOST_TEST((run_checks(config, worker, {"c", "a", "c"}, out).value() == CheckStatus::warning));
    const auto said = out.str();
    BOOST_TEST(said.starts_with("c  OK"), said);
    BOOST_TEST(said.find("a  WARNING") != std::string::npos, said);
    BOOST_TEST(said.find("b  ") == std::string::npos, said);
    BOOST_TEST(std::count(said.begin(), said.end(), '\n') == 2, said);
    out.str("");
    BOOST_TEST(!run_checks(config, worker, {"a", "x"}, out));
    BOOST_TEST(out.str().empty());  // nothing ran for half of what was asked
}

BOOST_AUTO_TEST_CASE(one_is_run_by_its_name) {
    add("front", "exit 0");
    add("back", "exit 2");
    BOOST_TEST((run_checks(config, worker, {"front"}, out).value() == CheckStatus::ok));
    BOOST_TEST(out.str().find("back") == std::string::npos);
    const auto none = run_checks(config, worker, {"fornt"}, out);
    BOOST_REQUIRE(!none);
    BOOST_TEST(none.error().message == "no check 'fornt' in the configuration, did you mean 'front'?");
}

BOOST_AUTO_TEST_CASE(one_that_hangs_is_ended) {
    add("hangs", "sleep 1000", 20ms);
    BOOST_TEST((run_checks(config, worker, {"hangs"}, out).value() == CheckStatus::critical));
    BOOST_TEST(out.str().find("ended after 20ms, the longest it may take") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_not_there_is_an_error) {
    add("a", "exit 0");
    BOOST_TEST(!run_checks(config, "/no/such/worker", {"a"}, out));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
