// Whole runs with olddir, other programs and other users.
#include <grp.h>
#include <pwd.h>
#include <sys/xattr.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/logs/rotation_fixture.hpp"

using namespace vigie;
using agent::logs::Outcome;

namespace {

struct ToolsFixture : tests::RotationFixture {
    // An executable shell script of this name; gives its path.
    std::string program(const std::string& name, const std::string& text) {
        const auto path = folder / name;
        BOOST_REQUIRE(files.write_atomically(path, "#!/bin/sh\n" + text, 0755).has_value());
        chmod(path.c_str(), 0755);
        return path;
    }
    std::string read(const std::string& path) { return files.read(path, 1_MiB).value_or("<absent>"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rotation_tools, ToolsFixture)

BOOST_AUTO_TEST_CASE(olddir_is_made_and_takes_all_archives) {
    policy(
        "LOGS/*.log {\n size 1\n rotate 2\n create\n olddir old\n createolddir 0750\n compress\n delaycompress\n}\n");
    for (int run = 1; run <= 4; ++run) {
        put("a.log", std::to_string(run));
        const auto report = rotate();
        BOOST_TEST(joined(report.errors) == "");
        BOOST_TEST(report.logs.at(0).archives.at(0) == log("old/a.log.1"));
    }
    BOOST_TEST(get("a.log") == "");
    BOOST_TEST(get("old/a.log.1") == "4");
    BOOST_TEST(unpacked("old/a.log.2.gz") == "3");
    BOOST_TEST(files.list(log("old")).value().size() == 2u);
    struct stat entry {};
    stat(log("old").c_str(), &entry);
    BOOST_TEST((entry.st_mode & 07777) == 0750u);
}

BOOST_AUTO_TEST_CASE(an_olddir_that_is_missing_leaves_the_log) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n rotate 2\n olddir old\n}\n");
    BOOST_TEST(joined(rotate().errors).find("olddir: open folder") != std::string::npos);
    BOOST_TEST(get("a.log") == "a");
}

BOOST_AUTO_TEST_CASE(a_dry_run_makes_no_olddir) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n rotate 2\n olddir old\n createolddir\n}\n");
    options.dry_run = true;
    BOOST_TEST((rotate().logs.at(0).outcome == Outcome::planned));
    BOOST_TEST(!files.is_present(log("old")));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_reaches_into_olddir_never_rotates_archives) {
    mkdir(log("old").c_str(), 0755);
    policy("LOGS/a LOGS/*/* {\n missingok\n size 1\n rotate 9\n olddir " + log("old") + "\n}\n");
    for (int run = 1; run <= 3; ++run) {
        put("a", std::to_string(run));
        BOOST_TEST(joined(rotate().errors) == "");
    }
    BOOST_TEST(files.list(log("old")).value().size() == 3u);
    BOOST_TEST(get("old/a.3") == "1");
}

BOOST_AUTO_TEST_CASE(copytruncate_and_copy_go_into_olddir_as_well) {
    mkdir(log("old").c_str(), 0755);
    put("a.log", "a");
    put("b.log", "b");
    policy("olddir old\nrotate 2\nsize 1\nLOGS/a.log {\n copytruncate\n}\nLOGS/b.log {\n copy\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST((get("a.log") == "" && get("old/a.log.1") == "a"));
    BOOST_TEST((get("b.log") == "b" && get("old/b.log.1") == "b"));
}

BOOST_AUTO_TEST_CASE(renamecopy_stores_the_log_also_when_postrotate_fails) {
    policy("LOGS/a.log {\n size 1\n rotate 3\n renamecopy\n create\n postrotate\n test ! -e " + (folder / "fail") +
           "\n endscript\n}\n");
    put("a.log", "one");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST((tree() == std::map<std::string, std::string>{{"a.log", ""}, {"a.log.1", "one"}}));
    put("a.log", "two");
    program("fail", "");
    BOOST_TEST(joined(rotate().errors).find("postrotate ended with status 1") != std::string::npos);
    BOOST_TEST((tree() == std::map<std::string, std::string>{{"a.log", ""}, {"a.log.1", "two"}, {"a.log.2", "one"}}));
}

BOOST_AUTO_TEST_CASE(another_compressor_gets_its_options_and_names_its_files) {
    put("a.log", "words", 0640);
    age("a.log", 100s);
    const auto upper = program("upper", "echo careful >&2\necho \"$@\" > " + (folder / "args") + "\ntr a-z A-Z\n");
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n compresscmd " + upper +
           "\n compressoptions -x --long y\n compressext .up\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors) == "");
    BOOST_TEST(joined(report.warnings).find("careful") != std::string::npos);  // logrotate calls this an error
    BOOST_TEST(get("a.log.1.up") == "WORDS");
    BOOST_TEST(read(folder / "args") == "-x --long y\n");
    put("a.log", "next");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(get("a.log.2.up") == "WORDS");
}

BOOST_AUTO_TEST_CASE(zstd_is_done_in_this_process) {
    put("a.log", std::string(5000, 'x'));
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n compresscmd zstd\n compressoptions -19 -T0 -q\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    const auto packed = get("a.log.1.zst");
    BOOST_TEST(packed.size() < 100u);
    BOOST_TEST(packed.starts_with("\x28\xb5\x2f\xfd"));  // RFC 8878: the magic number
}

BOOST_AUTO_TEST_CASE(a_compressor_that_fails_keeps_the_archive) {
    put("a.log", "words");
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n compresscmd " + program("bad", "echo broken >&2\nexit 4\n") +
           "\n}\n");
    const auto errors = joined(rotate().errors);
    BOOST_TEST(errors.find("bad ended with status 4: broken") != std::string::npos, errors);
    BOOST_TEST((tree() == std::map<std::string, std::string>{{"a.log.1", "words"}}));
}

BOOST_AUTO_TEST_CASE(what_expires_is_mailed_unpacked) {
    options.mail_command =
        program("mailer", "echo \"$1 $2 $3\" > " + (folder / "call") + "\ncat > " + (folder / "letter") + "\n");
    policy("LOGS/a.log {\n size 1\n rotate 1\n compress\n mail ops@example.org\n}\n");
    put("a.log", "first");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(!files.is_present(folder / "call"));
    put("a.log", "second");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(read(folder / "letter") == "first");
    BOOST_TEST(read(folder / "call") == "-s " + log("a.log.2.gz") + " ops@example.org\n");
}

BOOST_AUTO_TEST_CASE(mailfirst_mails_the_newest_and_a_failing_mailer_keeps_what_would_go) {
    options.mail_command =
        program("mailer", "echo \"$2\" > " + (folder / "call") + "\ncat > " + (folder / "letter") + "\n");
    policy("LOGS/a.log {\n size 1\n rotate 1\n mail ops\n mailfirst\n}\n");
    put("a.log", "first");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST((read(folder / "letter") == "first" && read(folder / "call") == log("a.log.1") + "\n"));
    options.mail_command = program("mailer", "exit 1\n");
    policy("LOGS/a.log {\n size 1\n rotate 1\n mail ops\n}\n");
    put("a.log", "second");
    BOOST_TEST(joined(rotate().errors).find("mailer ended with status 1") != std::string::npos);
    BOOST_TEST(get("a.log.2") == "first");
}

BOOST_AUTO_TEST_CASE(shred_overwrites_before_the_name_goes) {
    put("a.log", "new");
    put("a.log.1", "secret");
    BOOST_REQUIRE(::link(log("a.log.1").c_str(), (folder / "witness").c_str()) == 0);
    policy("LOGS/a.log {\n size 1\n rotate 1\n shred\n shredcycles 1\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST((tree() == std::map<std::string, std::string>{{"a.log.1", "new"}}));
    BOOST_TEST(read(folder / "witness").find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(preremove_sees_what_goes_and_can_keep_it) {
    put("a.log", "new");
    put("a.log.1", "old");
    policy("LOGS/a.log {\n size 1\n rotate 1\n preremove\n cp \"$1\" " + (folder / "seen") +
           "; exit 1\n endscript\n}\n");
    BOOST_TEST(joined(rotate().errors).find("preremove ended with status 1") != std::string::npos);
    BOOST_TEST(read(folder / "seen") == "old");
    BOOST_TEST(get("a.log.2") == "old");
}

BOOST_AUTO_TEST_CASE(first_and_last_action_run_once_around_all_logs_of_the_block) {
    put("a.log", "a");
    put("b.log", "b");
    const auto say = [&](const std::string& word) {
        return "\n echo " + word + " >> " + (folder / "order") + "\n endscript\n";
    };
    policy("LOGS/*.log {\n size 1\n rotate 1\n firstaction" + say("first \"$1\"") + " postrotate" + say("post") +
           " lastaction" + say("last") + "}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(read(folder / "order") == "first " + log("*.log") + " \npost\npost\nlast\n");
    BOOST_TEST(joined(rotate().errors).find("stat of") != std::string::npos);
    BOOST_TEST(read(folder / "order").size() == ("first " + log("*.log") + " \npost\npost\nlast\n").size());
}

BOOST_AUTO_TEST_CASE(a_firstaction_that_fails_leaves_all_logs_of_its_block_and_no_others) {
    put("a.log", "a");
    put("b.log", "b");
    put("c", "c");
    policy("size 1\nrotate 1\nLOGS/*.log {\n firstaction\n false\n endscript\n lastaction\n touch " +
           (folder / "last") + "\n endscript\n}\nLOGS/c {\n}\n");
    BOOST_TEST(joined(rotate().errors).find("firstaction ended with status 1") != std::string::npos);
    BOOST_TEST((tree() == std::map<std::string, std::string>{{"a.log", "a"}, {"b.log", "b"}, {"c.1", "c"}}));
    BOOST_TEST(!files.is_present(folder / "last"));
}

BOOST_AUTO_TEST_CASE(a_log_that_was_due_and_failed_has_both_actions_around_it) {
    put("a.log", "a");
    mkdir(log("a.log.1").c_str(), 0700);
    policy("LOGS/a.log {\n size 1\n rotate 1\n firstaction\n touch " + (folder / "first") +
           "\n endscript\n lastaction\n touch " + (folder / "last") + "\n endscript\n}\n");
    const auto report = rotate();
    BOOST_TEST(report.errors.size() == 1u);
    BOOST_TEST(report.logs.size() == 1u);
    BOOST_TEST((files.is_present(folder / "first") && files.is_present(folder / "last")));
}

BOOST_AUTO_TEST_CASE(logs_of_one_name_share_an_olddir_one_after_the_other) {
    mkdir(log("x").c_str(), 0755);
    mkdir(log("y").c_str(), 0755);
    put("x/a", "from x");
    put("y/a", "from y");
    policy("LOGS/?/a {\n size 1\n rotate 2\n olddir " + (folder / "old") + "\n createolddir\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST((read(folder / "old/a.1") == "from y" && read(folder / "old/a.2") == "from x"));
}

BOOST_AUTO_TEST_CASE(lastaction_runs_also_when_the_last_log_could_not_be_rotated) {
    put("a.log", "a");
    put("b.log", "b");
    mkdir(log("b.log.1").c_str(), 0700);
    policy("LOGS/?.log {\n size 1\n rotate 1\n lastaction\n touch " + (folder / "last") + "\n endscript\n}\n");
    const auto report = rotate();
    BOOST_TEST(report.errors.size() == 1u);
    BOOST_TEST(report.logs.size() == 2u);
    BOOST_TEST(files.is_present(folder / "last"));
}

BOOST_AUTO_TEST_CASE(su_touches_files_as_that_user_and_runs_scripts_as_root) {
    const auto* nobody = getpwnam("nobody");
    if (geteuid() != 0 || !nobody) {
        BOOST_TEST_MESSAGE("only root can act as another user");
        return;
    }
    const auto uid = nobody->pw_uid;
    const auto gid = nobody->pw_gid;
    const auto mode = [&](const char* path) { chmod(path, 0755); };
    mode(folder.path().c_str());
    put("a.log", "a");
    BOOST_REQUIRE(chown(log("").c_str(), uid, gid) == 0);
    BOOST_REQUIRE(chown(log("a.log").c_str(), uid, gid) == 0);
    const auto rule = fmt::format("su {} {}\n", uid, gid);
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n create 0600\n " + rule + " postrotate\n id -u > " +
           (folder / "who") + "\n endscript\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(geteuid() == 0u);
    struct stat entry {};
    stat(log("a.log.1.gz").c_str(), &entry);
    BOOST_TEST(entry.st_uid == uid);
    BOOST_TEST(read(folder / "who") == "0\n");
    // What that user may not do is not done for them.
    BOOST_REQUIRE(chown(log("").c_str(), 0, 0) == 0);
    put("a.log", "again");
    BOOST_TEST(joined(rotate().errors).find("Permission denied") != std::string::npos);
    BOOST_TEST(get("a.log") == "again");
}

BOOST_AUTO_TEST_CASE(an_unknown_user_of_su_leaves_the_log) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n su no-such-user root\n}\n");
    BOOST_TEST(joined(rotate().errors) == (folder / "policy") + ":3 unknown user 'no-such-user'");
    BOOST_TEST(get("a.log") == "a");
}

// The kernel's form of an ACL (linux/posix_acl_xattr.h): version 2, then tag, permissions and id of each entry. This
// one adds user 1 with rw- to mode 0640.
BOOST_AUTO_TEST_CASE(acls_stay_with_archives_copies_and_the_new_log) {
    const std::string acl(
        "\2\0\0\0"
        "\1\0\6\0\xff\xff\xff\xff"
        "\2\0\6\0\1\0\0\0"
        "\4\0\4\0\xff\xff\xff\xff"
        "\x10\0\6\0\xff\xff\xff\xff"
        "\x20\0\0\0\xff\xff\xff\xff",
        44);
    put("a.log", "a");
    put("b.log", "b");
    const auto* name = "system.posix_acl_access";
    if (setxattr(log("a.log").c_str(), name, acl.data(), acl.size(), 0) != 0 ||
        setxattr(log("b.log").c_str(), name, acl.data(), acl.size(), 0) != 0) {
        BOOST_TEST_MESSAGE("no ACLs here");
        return;
    }
    policy("size 1\nrotate 2\nLOGS/a.log {\n create\n compress\n}\nLOGS/b.log {\n copytruncate\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    for (const auto* file : {"a.log", "a.log.1.gz", "b.log.1"}) {
        std::string kept(64, '\0');
        const auto size = getxattr(log(file).c_str(), name, kept.data(), kept.size());
        kept.resize(size > 0 ? static_cast<size_t>(size) : 0);
        BOOST_TEST((kept == acl), file);
    }
}

BOOST_AUTO_TEST_SUITE_END()
