// A run is killed after each of its changes on disk in turn; the next run must end where an unbroken one ends.
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "shared/os/fd.hpp"
#include "tests/unit/agent/logs/rotation_fixture.hpp"

using namespace vigie;

namespace {

constexpr int changes_max = 200;  // far more than any of these runs makes; a run that never ends fails here

struct CrashFixture : tests::RotationFixture {
    void prepare() {
        for (const auto& name : names()) {
            BOOST_REQUIRE(files.remove(log(name)).has_value());
        }
        for (const auto* name : {"state", "state.journal", "script"}) {
            unlink((folder / name).c_str());
        }
        put("a.log", "newest a\n");
        put("a.log.1", "older a\n");
        put("a.log.2", "oldest a\n");
        put("b.log", std::string(9000, 'b') + "\n");
        writer = Fd(has_writer ? open(log("b.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC) : -1);
    }
    // Everything a user sees: files, contents, and which logs the state file knows as rotated.
    std::string outcome() {
        std::string text;
        for (const auto& name : names()) {
            text += fmt::format("{}={}\n", name, name.ends_with(".gz") ? unpacked(name) : get(name));
        }
        return text + state();
    }
    // A child that ends without cleaning up in its n-th change. True when it came to its end before that.
    bool run_killed_at(int change) {
        const auto child = fork();
        if (child == 0) {
            int left = change;
            options.pulse = [&left] {
                if (--left == 0) {
                    _exit(9);
                }
            };
            const auto report = try_rotate();
            _exit(report && report->errors.empty() ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        BOOST_TEST((WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0));
        return WEXITSTATUS(status) == 0;
    }
    void survives_every_kill() {
        prepare();
        BOOST_TEST(joined(rotate().errors) == "");
        const auto unbroken = outcome() + more();
        int change = 1;
        for (; change < changes_max; ++change) {
            prepare();
            clear();
            const bool has_ended = run_killed_at(change);
            const auto report = rotate();
            BOOST_TEST_CONTEXT("killed in change " << change) {
                BOOST_TEST(joined(report.errors) == "");
                BOOST_TEST(outcome() + more() == unbroken);
            }
            if (has_ended) {
                break;
            }
        }
        BOOST_TEST(change > 8);
        BOOST_TEST(change < changes_max);
    }

    bool has_writer = false;
    Fd writer;
    std::function<std::string()> more = [] { return std::string(); };  // tells of what stands elsewhere
    std::function<void()> clear = [] {};                               // takes that away
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(killed_rotation, CrashFixture)

BOOST_AUTO_TEST_CASE(resumes_renames_scripts_and_compression) {
    policy("LOGS/a.log {\n daily\n rotate 2\n create\n compress\n postrotate\n touch " + (folder / "script") +
           "\n endscript\n}\n");
    survives_every_kill();
    BOOST_TEST(files.is_present(folder / "script"));
}

BOOST_AUTO_TEST_CASE(resumes_copytruncate) {
    policy("LOGS/a.log {\n daily\n rotate 2\n copytruncate\n}\n");
    survives_every_kill();
}

BOOST_AUTO_TEST_CASE(resumes_copytruncate_under_a_writer) {
    has_writer = true;
    policy("LOGS/b.log {\n daily\n rotate 2\n copytruncate\n}\n");
    survives_every_kill();
    // Nothing is lost, whether whole blocks were taken out of the log or all of it was.
    BOOST_TEST(get("b.log.1") + get("b.log") == std::string(9000, 'b') + "\n");
}

BOOST_AUTO_TEST_CASE(resumes_a_unit_with_shared_scripts_and_dates) {
    policy(
        "LOGS/*.log {\n daily\n rotate 2\n dateext\n sharedscripts\n compress\n delaycompress\n create\n postrotate\n "
        "true\n "
        "endscript\n}\n");
    survives_every_kill();
}

BOOST_AUTO_TEST_CASE(resumes_olddir_and_renamecopy) {
    const auto old = folder / "old";
    policy("LOGS/*.log {\n daily\n rotate 2\n olddir " + old +
           "\n createolddir\n renamecopy\n create\n compress\n lastaction\n "
           "touch " +
           (folder / "script") + "\n endscript\n}\n");
    clear = [&] {
        for (const auto& name : files.list(old).value_or(std::vector<std::string>{})) {
            unlink((old + "/" + name).c_str());
        }
    };
    more = [&] {
        std::string text = fmt::format("{}\n", files.is_present(folder / "script"));
        for (const auto& name : files.list(old).value_or(std::vector<std::string>{})) {
            text += name + "=" + unpacked("../old/" + name) + "\n";
        }
        return text;
    };
    survives_every_kill();
}

BOOST_AUTO_TEST_CASE(resumes_an_external_compressor_and_a_plain_copy) {
    policy(
        "rotate 2\ndaily\ncompress\ncompresscmd /bin/cat\ncompressext .cat\nLOGS/a.log {\n create\n}\nLOGS/b.log {\n "
        "copy\n}\n");
    survives_every_kill();
}

BOOST_AUTO_TEST_CASE(a_journal_that_does_not_read_back_stops_the_run_with_its_name) {
    prepare();
    policy("LOGS/*.log {\n daily\n}\n");
    const auto torn = "vigie-rotation-journal 1\nstep nonsense\n";
    BOOST_REQUIRE(files.write_atomically(folder / "state.journal", torn, 0600).has_value());
    const auto refused = try_rotate();
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().message.find("state.journal: line 2") != std::string::npos);
    BOOST_TEST(get("a.log") == "newest a\n");
}

BOOST_AUTO_TEST_SUITE_END()
