#include "agent/logs/logrotate_cli.hpp"

#include <sys/file.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/fd.hpp"
#include "tests/unit/agent/logs/rotation_fixture.hpp"

using namespace vigie;
using agent::logs::logrotate_main;

namespace {

struct CommandFixture : tests::RotationFixture {
    CommandFixture() {
        put("a.log", "a");
        policy("LOGS/a.log {\n size 1\n rotate 2\n}\n");
    }
    std::string file = folder / "policy";
    std::string kept = folder / "status";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(logrotate_command, CommandFixture)

BOOST_AUTO_TEST_CASE(short_options_come_in_bundles_and_behind_the_file) {
    BOOST_TEST(logrotate_main({file, "-vfs", kept}) == 0);
    BOOST_TEST(get("a.log.1") == "a");
    BOOST_TEST(files.read(kept, 1_KiB).value_or("").starts_with("logrotate state -- version 2\n\"" + log("a.log")));
    put("a.log", "b");
    BOOST_TEST(logrotate_main({"-fs" + kept, file}) == 0);
    put("a.log", "c");
    BOOST_TEST(logrotate_main({"--state=" + kept, "--force", "--", file}) == 0);
    BOOST_TEST(get("a.log.1") == "c");
}

BOOST_AUTO_TEST_CASE(debug_changes_nothing) {
    BOOST_TEST(logrotate_main({"-d", "-s", kept, file}) == 0);
    BOOST_TEST(get("a.log") == "a");
    BOOST_TEST(!files.is_present(kept));
}

BOOST_AUTO_TEST_CASE(wrong_options_are_status_2_and_no_file_is_status_1) {
    BOOST_TEST(logrotate_main({"--nonsense", file}) == 2);
    BOOST_TEST(logrotate_main({"-x", file}) == 2);
    BOOST_TEST(logrotate_main({file, "-s"}) == 2);
    BOOST_TEST(logrotate_main({file, "-vm"}) == 2);
    BOOST_TEST(logrotate_main({file, "--force=yes"}) == 2);
    BOOST_TEST(logrotate_main({}) == 1);
    BOOST_TEST(logrotate_main({"-v", "-s", kept}) == 1);
    BOOST_TEST(logrotate_main({"--version"}) == 0);
    BOOST_TEST(logrotate_main({"-?"}) == 0);
    BOOST_TEST(logrotate_main({"--usage"}) == 0);
    BOOST_TEST(get("a.log") == "a");
}

BOOST_AUTO_TEST_CASE(a_failure_is_status_1) {
    BOOST_TEST(logrotate_main({"-s", kept, folder / "none"}) == 1);
    policy("LOGS/none {\n}\n");
    BOOST_TEST(logrotate_main({"-s", kept, file}) == 1);
}

BOOST_AUTO_TEST_CASE(unknown_words_and_hard_links_are_passed_over_and_broken_blocks_are_status_1) {
    const auto said = folder / "said";
    put("b.log", "b");
    BOOST_REQUIRE(::link(log("b.log").c_str(), (folder / "twin").c_str()) == 0);
    policy("LOGS/?.log {\n size 1\n rotate 1\n newword\n}\n");
    BOOST_TEST(logrotate_main({"-l", said, "-s", kept, file}) == 0);
    BOOST_TEST((get("a.log.1") == "a" && get("b.log") == "b"));
    const auto text = files.read(said, 64_KiB).value_or("");
    BOOST_TEST(text.find("error: " + file + ":4 unknown option 'newword' -- ignoring line") != std::string::npos, text);
    put("a.log", "again");
    policy("LOGS/a.log {\n size 1x\n}\nLOGS/c.log {\n missingok\n}\n");
    BOOST_TEST(logrotate_main({"-s", kept, file}) == 1);
    BOOST_TEST(get("a.log") == "again");
}

BOOST_AUTO_TEST_CASE(a_bad_line_of_the_state_is_status_1_and_costs_itself_only) {
    const auto said = folder / "said";
    BOOST_REQUIRE(
        files.write_atomically(kept, "logrotate state -- version 2\n\"a.log\" 2020-1-1\n\"/torn\n", 0640).has_value());
    BOOST_TEST(logrotate_main({"-l", said, "-s", kept, file}) == 1);
    const auto text = files.read(said, 64_KiB).value_or("");
    BOOST_TEST(text.find("error: bad line 3 in state file " + kept) != std::string::npos, text);
    BOOST_TEST(get("a.log.1") == "a");
}

BOOST_AUTO_TEST_CASE(the_log_file_gets_what_verbose_says) {
    const auto said = folder / "said";
    BOOST_TEST(logrotate_main({"-l", said, "-s", kept, file}) == 0);
    const auto text = files.read(said, 64_KiB).value_or("");
    BOOST_TEST(text.find("reading config file " + file + "\n") != std::string::npos, text);
    BOOST_TEST(text.find("considering log " + log("a.log") + "\n  log needs rotating") != std::string::npos, text);
    BOOST_TEST(logrotate_main({"-l", said, "-s", kept, file}) == 1);  // the log is gone
    const auto again = files.read(said, 64_KiB).value_or("");
    BOOST_TEST(again.find("error: ") != std::string::npos, again);
    BOOST_TEST(again.find("log needs rotating") == std::string::npos, again);
    put("a.log", "b");
    BOOST_TEST(logrotate_main({"-l", folder / "no/where", "-s", kept, file}) == 1);
}

BOOST_AUTO_TEST_CASE(dev_null_keeps_no_state) {
    BOOST_TEST(logrotate_main({"-s", "/dev/null", file}) == 0);
    BOOST_TEST(get("a.log.1") == "a");
    BOOST_TEST(!files.is_present("/dev/null.lock"));
    BOOST_TEST(!files.is_present("/dev/null.journal"));
}

BOOST_AUTO_TEST_CASE(the_mailer_is_the_one_of_m) {
    const auto mailer = folder / "mailer";
    BOOST_REQUIRE(files.write_atomically(mailer, "#!/bin/sh\ncat > " + (folder / "letter") + "\n", 0755).has_value());
    chmod(mailer.c_str(), 0755);
    policy("LOGS/a.log {\n size 1\n mail ops\n}\n");
    BOOST_TEST(logrotate_main({"-m", mailer, "-s", kept, file}) == 0);
    BOOST_TEST(files.read(folder / "letter", 1_KiB).value_or("") == "a");
    BOOST_TEST(names().empty());
}

BOOST_AUTO_TEST_CASE(a_lock_that_logrotate_itself_holds_is_a_conflict) {
    BOOST_REQUIRE(files.write_atomically(options.state_file, "logrotate state -- version 2\n", 0640).has_value());
    {
        const Fd holder(open(options.state_file.c_str(), O_RDWR | O_CLOEXEC));
        BOOST_REQUIRE(flock(holder.get(), LOCK_EX) == 0);
        const auto refused = try_rotate();
        BOOST_TEST((!refused && refused.error().code == ErrorCode::conflict));
        BOOST_TEST(get("a.log") == "a");
        BOOST_TEST(logrotate_main({"--skip-state-lock", "-s", options.state_file, file}) == 0);
    }
    BOOST_TEST(get("a.log.1") == "a");
}

BOOST_AUTO_TEST_SUITE_END()
