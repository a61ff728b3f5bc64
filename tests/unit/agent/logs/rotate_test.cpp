// Whole runs over a folder of logs.
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/fd.hpp"
#include "tests/unit/agent/logs/rotation_fixture.hpp"

using namespace vigie;
using agent::logs::Outcome;
using Tree = std::map<std::string, std::string>;

namespace {
// Sets or clears chattr +i; false where this user or file system cannot.
bool set_immutable(const std::string& path, bool on) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    int flags = 0;
    if (!file || ioctl(file.get(), FS_IOC_GETFLAGS, &flags) != 0) {
        return false;
    }
    flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    return ioctl(file.get(), FS_IOC_SETFLAGS, &flags) == 0;
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(rotate, tests::RotationFixture)

BOOST_AUTO_TEST_CASE(renames_creates_and_drops_the_oldest) {
    put("a.log", "new", 0604);
    put("a.log.1", "one");
    put("a.log.2", "two");
    policy("LOGS/a.log {\n daily\n rotate 2\n create 0620\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors) == "");
    BOOST_TEST((tree() == Tree{{"a.log", ""}, {"a.log.1", "new"}, {"a.log.2", "one"}}));
    struct stat entry {};
    stat(log("a.log").c_str(), &entry);
    BOOST_TEST((entry.st_mode & 07777) == 0620u);
    stat(log("a.log.1").c_str(), &entry);
    BOOST_TEST((entry.st_mode & 07777) == 0604u);
    BOOST_REQUIRE(report.logs.size() == 1u);
    BOOST_TEST(report.logs[0].archives.at(0) == log("a.log.1"));
    BOOST_TEST(report.logs[0].bytes == 3u);
    BOOST_TEST(state().find(log("a.log") + "\" 2027-1-15-") != std::string::npos);
    BOOST_TEST(!files.is_present(options.state_file + ".journal"));
}

BOOST_AUTO_TEST_CASE(the_same_day_rotates_once) {
    put("a.log", "new");
    policy("LOGS/a.log {\n daily\n rotate 2\n create\n}\n");
    rotate();
    BOOST_TEST((rotate().logs.at(0).outcome == Outcome::not_due));
    clock.advance(24h);
    put("a.log", "next");
    BOOST_TEST((rotate().logs.at(0).outcome == Outcome::rotated));
    BOOST_TEST((tree() == Tree{{"a.log", ""}, {"a.log.1", "next"}, {"a.log.2", "new"}}));
}

BOOST_AUTO_TEST_CASE(compresses_so_that_gzip_reads_it_and_keeps_mode_and_time) {
    put("a.log", std::string(300'000, 'x') + "end", 0640);
    age("a.log", 100s);
    struct stat before {};
    stat(log("a.log").c_str(), &before);
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(names() == std::vector<std::string>{"a.log.1.gz"}, boost::test_tools::per_element());
    BOOST_TEST(unpacked("a.log.1.gz") == std::string(300'000, 'x') + "end");
    struct stat after {};
    stat(log("a.log.1.gz").c_str(), &after);
    BOOST_TEST(after.st_mode == before.st_mode);
    BOOST_TEST(after.st_mtim.tv_sec == before.st_mtim.tv_sec);
}

// So many zeros in front make the first 64 KiB of the compressed log decode to exactly 128 KiB (zlib 1.2.13): input and
// output end together, which inflate answers with Z_BUF_ERROR.
BOOST_AUTO_TEST_CASE(an_archive_whose_pieces_end_together_is_no_broken_one) {
    std::string content(17'139, '\0');
    uint64_t state = 1;
    for (int i = 0; i < 150'000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX
        content += static_cast<char>('a' + (state >> 60));
    }
    put("a.log", content);
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST((unpacked("a.log.1.gz") == content));
}

BOOST_AUTO_TEST_CASE(delaycompress_leaves_the_newest_plain) {
    put("a.log", "two");
    put("a.log.1", "one");
    policy("LOGS/a.log {\n size 1\n rotate 3\n compress\n delaycompress\n}\n");
    rotate();
    BOOST_TEST((tree() == Tree{{"a.log.1", "two"}, {"a.log.2.gz", "gzip"}}));
    BOOST_TEST(unpacked("a.log.2.gz") == "one");
}

BOOST_AUTO_TEST_CASE(an_archive_that_cannot_be_compressed_is_kept_as_it_is_and_tried_again) {
    put("a.log", "first");
    // A folder under the compressor's own temporary name makes it fail.
    struct stat entry {};
    stat(log("a.log").c_str(), &entry);
    const auto obstacle = log(fmt::format(".vigie-{:x}.tmp", entry.st_ino));
    mkdir(obstacle.c_str(), 0700);
    policy("LOGS/a.log {\n size 1\n rotate 5\n compress\n}\n");
    BOOST_TEST(rotate().has_failed());
    BOOST_TEST(get("a.log.1") == "first");
    rmdir(obstacle.c_str());
    put("a.log", "second");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(unpacked("a.log.1.gz") == "second");
    BOOST_TEST(unpacked("a.log.2.gz") == "first");
}

BOOST_AUTO_TEST_CASE(copy_leaves_the_log_and_takes_all_of_it) {
    put("a.log", std::string(9000, 'x') + "end", 0604);
    policy("LOGS/a.log {\n daily\n rotate 2\n copy\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors) == "");
    BOOST_TEST((report.logs.at(0).outcome == Outcome::rotated));
    BOOST_TEST((get("a.log") == get("a.log.1")));
    BOOST_TEST(get("a.log").size() == 9003u);
    BOOST_TEST((rotate().logs.at(0).outcome == Outcome::not_due));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_matches_archives_with_an_extension_never_rotates_them) {
    policy("LOGS/*.log {\n size 1\n rotate 9\n extension .log\n}\n");
    for (int run = 1; run <= 3; ++run) {
        put("a.log", std::to_string(run));
        BOOST_TEST(joined(rotate().errors) == "");
    }
    BOOST_TEST((tree() == Tree{{"a.1.log", "3"}, {"a.2.log", "2"}, {"a.3.log", "1"}}));
}

BOOST_AUTO_TEST_CASE(hard_links_are_rotated_where_the_policy_allows_it) {
    put("a.log", "x");
    BOOST_REQUIRE(::link(log("a.log").c_str(), (folder / "twin").c_str()) == 0);
    policy("LOGS/a.log {\n size 1\n rotate 1\n allowhardlink\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(get("a.log.1") == "x");
}

BOOST_AUTO_TEST_CASE(ignoreduplicates_makes_an_overlap_no_matter_of_a_warning) {
    put("a.log", "x");
    policy("LOGS/a.log {\n size 1\n rotate 2\n}\nLOGS/*.log {\n size 1\n rotate 2\n ignoreduplicates\n}\n");
    BOOST_TEST(joined(rotate().warnings) == "");
    BOOST_TEST((tree() == Tree{{"a.log.1", "x"}}));
}

BOOST_AUTO_TEST_CASE(archives_of_a_log_that_is_gone_go_when_they_are_too_old) {
    for (const auto* name : {"a.log", "b.log"}) {
        put(name, "x");
        age(name, 0s);
    }
    policy("LOGS/*.log {\n daily\n rotate 9\n maxage 7\n create\n missingok\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    unlink(log("a.log").c_str());
    clock.advance(24h);
    put("a.log.2", "old");
    age("a.log.2", std::chrono::duration_cast<seconds>(100 * 24h));
    put("b.log", "y");
    age("b.log", 0s);
    const auto report = rotate();
    BOOST_TEST(joined(report.errors) == "");
    BOOST_TEST((tree() == Tree{{"a.log.1", "x"}, {"b.log", ""}, {"b.log.1", "y"}, {"b.log.2", "x"}}));
    BOOST_REQUIRE(report.logs.size() == 2u);
    BOOST_TEST(report.logs[1].reason == "gone; archives older than 7 days removed");
    BOOST_TEST((report.logs[1].outcome == Outcome::not_due));
}

BOOST_AUTO_TEST_CASE(a_missing_log_leaves_the_others_of_a_block_with_shared_scripts) {
    put("a.log", "a");
    policy("LOGS/a.log LOGS/b.log {\n size 1\n rotate 1\n sharedscripts\n postrotate\n touch " + (folder / "ran") +
           "\n endscript\n}\n");
    BOOST_TEST(joined(rotate().errors).find("stat of " + log("b.log") + " failed") == 0u);
    BOOST_TEST(get("a.log") == "a");
    BOOST_TEST(!files.is_present(folder / "ran"));
}

BOOST_AUTO_TEST_CASE(holes_of_a_log_stay_holes_in_its_copy) {
    put("a.log", "begin");
    BOOST_REQUIRE(truncate(log("a.log").c_str(), 8 << 20) == 0);
    struct stat before {};
    stat(log("a.log").c_str(), &before);
    policy("LOGS/a.log {\n size 1\n rotate 1\n copytruncate\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    struct stat after {};
    stat(log("a.log.1").c_str(), &after);
    BOOST_TEST(after.st_size == 8 << 20);
    BOOST_TEST(after.st_blocks <= before.st_blocks + 8);
    BOOST_TEST((get("a.log.1").substr(0, 6) == std::string("begin\0", 6)));
}

BOOST_AUTO_TEST_CASE(entries_that_no_policy_matches_go_after_a_year) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n rotate 1\n}\n");
    BOOST_REQUIRE(files
                      .write_atomically(options.state_file,
                                        "logrotate state -- version 2\n\"/old\" 2020-1-1\n\"/new\" 2026-12-1\n", 0600)
                      .has_value());
    rotate();
    BOOST_TEST(state().find("/old") == std::string::npos);
    BOOST_TEST(state().find("/new") != std::string::npos);
    struct stat entry {};
    stat(options.state_file.c_str(), &entry);
    BOOST_TEST((entry.st_mode & 07777) == 0600u);
}

BOOST_AUTO_TEST_CASE(rotate_0_shows_the_data_to_postrotate_and_then_drops_it) {
    put("a.log", "precious");
    policy("LOGS/a.log {\n size 1\n rotate 0\n postrotate\n cp \"$2\" " + (folder / "seen") + "\n endscript\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(files.read(folder / "seen", 1_KiB).value() == "precious");
    BOOST_TEST(names().empty());
}

BOOST_AUTO_TEST_CASE(a_failing_prerotate_leaves_history_intact_each_time) {
    put("a.log", "new");
    put("a.log.1", "one");
    policy("LOGS/a.log {\n size 1\n rotate 1\n prerotate\n false\n endscript\n}\n");
    for (int run = 0; run < 3; ++run) {
        BOOST_TEST(joined(rotate().errors).find("prerotate ended with status 1") != std::string::npos);
        BOOST_TEST((tree() == Tree{{"a.log", "new"}, {"a.log.1", "one"}}));
    }
    BOOST_TEST(state().find("2027-") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_postrotate_that_always_fails_costs_no_generation) {
    policy("LOGS/a.log {\n size 1\n rotate 2\n compress\n postrotate\n exit 3\n endscript\n}\n");
    for (int run = 1; run <= 5; ++run) {
        put("a.log", std::to_string(run));
        BOOST_TEST(joined(rotate().errors).find("ended with status 3") != std::string::npos);
    }
    BOOST_TEST(
        (tree() == Tree{{"a.log.1", "5"}, {"a.log.2", "4"}, {"a.log.3", "3"}, {"a.log.4", "2"}, {"a.log.5", "1"}}));
}

BOOST_AUTO_TEST_CASE(a_script_that_hangs_is_killed_with_its_children_and_the_other_logs_go_on) {
    put("a.log", "a");
    put("b.log", "b");
    options.script_timeout = 300ms;
    policy("LOGS/*.log {\n size 1\n rotate 2\n postrotate\n case $1 in *a.log) sleep 1000 & echo $! > " +
           (folder / "pid") + "; wait;; esac\n endscript\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.errors).find("postrotate took longer than 300ms and was killed") != std::string::npos);
    BOOST_TEST((tree() == Tree{{"a.log.1", "a"}, {"b.log.1", "b"}}));
    BOOST_TEST((report.logs.at(1).outcome == Outcome::rotated));
    const auto child = std::stoi(files.read(folder / "pid", 1_KiB).value());
    // Killed means gone or a zombie that nobody has reaped yet.
    const auto status = files.read(fmt::format("/proc/{}/stat", child), 1_KiB).value_or("0 (sleep) Z");
    BOOST_TEST(status.find(") Z") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(shared_scripts_run_once) {
    put("a.log", "a");
    put("b.log", "b");
    policy("LOGS/*.log {\n size 1\n rotate 2\n sharedscripts\n postrotate\n echo x >> " + (folder / "count") +
           "\n endscript\n}\n");
    BOOST_TEST(joined(rotate().errors) == "");
    BOOST_TEST(files.read(folder / "count", 1_KiB).value() == "x\n");
    BOOST_TEST((tree() == Tree{{"a.log.1", "a"}, {"b.log.1", "b"}}));
}

BOOST_AUTO_TEST_CASE(an_immutable_log_fails_up_front_is_not_recorded_and_is_tried_again) {
    put("a.log", "new");
    put("a.log.1", "one");
    policy("LOGS/a.log {\n daily\n rotate 3\n}\n");
    if (!set_immutable(log("a.log"), true)) {
        BOOST_TEST_MESSAGE("no chattr +i here: this case needs root and a file system that has it");
        return;
    }
    const auto report = rotate();
    set_immutable(log("a.log"), false);
    BOOST_TEST(joined(report.errors).find("is immutable") != std::string::npos);
    BOOST_TEST((tree() == Tree{{"a.log", "new"}, {"a.log.1", "one"}}));
    BOOST_TEST(state().find("2027-") == std::string::npos);
    BOOST_TEST((rotate().logs.at(0).outcome == Outcome::rotated));
}

BOOST_AUTO_TEST_CASE(a_disk_too_small_for_a_copy_leaves_history_untouched) {
    if (mount("vigie-test", log("").c_str(), "tmpfs", 0, "size=4m") != 0) {
        BOOST_TEST_MESSAGE("cannot mount a small tmpfs here: this case needs root");
        return;
    }
    put("a.log", std::string(3 << 20, 'x'));
    put("a.log.1", "one");
    policy("LOGS/a.log {\n size 1\n rotate 2\n copytruncate\n}\n");
    for (int run = 0; run < 3; ++run) {
        const auto report = rotate();
        BOOST_TEST(report.errors.size() == 1u);
        BOOST_TEST(joined(report.errors).find("a copy needs 3") != std::string::npos);
        BOOST_TEST(get("a.log").size() == size_t{3} << 20);
        BOOST_TEST(get("a.log.1") == "one");
    }
    umount(log("").c_str());
}

BOOST_AUTO_TEST_CASE(overlapping_blocks_rotate_once_with_one_warning) {
    put("a1.log", "1");
    put("a2.log", "2");
    put("b.log", "b");
    policy("LOGS/a*.log {\n size 1\n rotate 2\n}\nLOGS/*.log {\n size 1\n rotate 2\n}\n");
    const auto report = rotate();
    BOOST_TEST(report.warnings.size() == 1u);
    BOOST_TEST(joined(report.warnings).find("policy:5: ") != std::string::npos);
    BOOST_TEST((tree() == Tree{{"a1.log.1", "1"}, {"a2.log.1", "2"}, {"b.log.1", "b"}}));
}

BOOST_AUTO_TEST_CASE(a_folder_under_two_names_is_one_log) {
    put("a.log", "content");
    symlink(log("").c_str(), (folder / "alias").c_str());
    policy("LOGS/*.log " + (folder / "alias") + "/*.log {\n size 1\n rotate 3\n create\n}\n");
    BOOST_TEST(rotate().logs.size() == 1u);
    BOOST_TEST((tree() == Tree{{"a.log", ""}, {"a.log.1", "content"}}));
}

BOOST_AUTO_TEST_CASE(a_log_named_like_a_glob_leaves_others_archives_alone) {
    put("*.ex.log", "star");
    put("b.ex.log.1", "other");
    policy("\"LOGS/\\*.ex.log\" {\n size 1\n rotate 1\n}\n");
    rotate();
    rotate();
    BOOST_TEST((tree() == Tree{{"*.ex.log.1", "star"}, {"b.ex.log.1", "other"}}));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_matches_archives_never_rotates_them) {
    policy("LOGS/* {\n size 1\n rotate 9\n compress\n delaycompress\n}\n");
    for (int run = 1; run <= 5; ++run) {
        for (const auto* name : {"a", "b", "c"}) {
            put(name, fmt::format("{}{}", name, run));
        }
        BOOST_TEST(joined(rotate().errors) == "");
    }
    // Five generations of three logs, none rotated twice.
    BOOST_TEST(names().size() == 15u);
    BOOST_TEST(get("c.1") == "c5");
    BOOST_TEST(unpacked("a.5.gz") == "a1");
}

BOOST_AUTO_TEST_CASE(symbolic_links_and_hard_links_are_refused) {
    put("real.log", "x");
    symlink(log("real.log").c_str(), log("link.log").c_str());
    policy("LOGS/link.log {\n size 1\n rotate 1\n}\n");
    BOOST_TEST(joined(rotate().errors).find("is a symbolic link: not rotated") != std::string::npos);
    BOOST_REQUIRE(::link(log("real.log").c_str(), log("twin.log").c_str()) == 0);
    policy("LOGS/twin.log {\n size 1\n rotate 1\n}\n");
    BOOST_TEST(joined(rotate().errors).find("2 hard links") != std::string::npos);
    BOOST_TEST(get("real.log") == "x");
}

BOOST_AUTO_TEST_CASE(missing_logs_and_policies_are_errors_that_stop_nothing_else) {
    put("a.log", "a");
    policy("LOGS/gone.log {\n}\nLOGS/a.log {\n size 1\n rotate 1\n}\nLOGS/none*.log {\n missingok\n}\n");
    options.policy_files.push_back(folder / "no.conf");
    const auto report = rotate();
    BOOST_TEST(report.errors.size() == 2u);
    BOOST_TEST(joined(report.errors).find("gone.log failed: No such file or directory") != std::string::npos);
    BOOST_TEST(joined(report.errors).find("no.conf") != std::string::npos);
    BOOST_TEST(get("a.log.1") == "a");
}

BOOST_AUTO_TEST_CASE(something_in_the_way_of_an_archive_is_found_before_the_first_rename) {
    put("a.log", "new");
    put("a.log.1", "one");
    mkdir(log("a.log.2").c_str(), 0700);
    policy("LOGS/a.log {\n size 1\n rotate 1\n}\n");
    BOOST_TEST(joined(rotate().errors).find("a.log.2 is no regular file") != std::string::npos);
    BOOST_TEST(get("a.log.1") == "one");
    BOOST_TEST(get("a.log") == "new");
}

BOOST_AUTO_TEST_CASE(an_archive_that_is_still_written_is_not_compressed) {
    put("a.log", "first\n");
    const Fd writer(open(log("a.log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    policy("LOGS/a.log {\n size 1\n rotate 3\n compress\n}\n");
    const auto report = rotate();
    BOOST_TEST(joined(report.warnings).find("a.log.1: not compressed") != std::string::npos);
    BOOST_TEST(write_all(writer.get(), "later\n", "log").has_value());
    BOOST_TEST(get("a.log.1") == "first\nlater\n");
}

BOOST_AUTO_TEST_CASE(a_dry_run_changes_nothing) {
    put("a.log", "new");
    put("a.log.1", "one");
    policy("LOGS/a.log {\n size 1\n rotate 3\n postrotate\n touch " + (folder / "ran") + "\n endscript\n}\n");
    options.dry_run = true;
    const auto report = rotate();
    BOOST_TEST((report.logs.at(0).outcome == Outcome::planned));
    BOOST_TEST(joined(report.logs[0].steps) == "shift a.log.1 -> a.log.2\nmove a.log -> a.log.1\npostrotate ");
    BOOST_TEST((tree() == Tree{{"a.log", "new"}, {"a.log.1", "one"}}));
    BOOST_TEST(!files.is_present(folder / "ran"));
    BOOST_TEST(!files.is_present(options.state_file));
}

BOOST_AUTO_TEST_CASE(a_folder_swapped_for_a_link_at_any_moment_changes_nothing_elsewhere) {
    policy("LOGS/a.log {\n size 1\n rotate 2\n create\n compress\n}\n");
    const auto outside = folder / "outside";
    const auto logs = folder / "logs";
    BOOST_REQUIRE(files.make_directories(outside, 0755).has_value());
    BOOST_REQUIRE(files.write_atomically(outside + "/a.log", "not ours", 0600).has_value());
    for (int moment = 1; moment <= 12; ++moment) {
        put("a.log", "new");
        int left = moment;
        options.pulse = [&] {
            if (--left == 0) {
                ::rename(logs.c_str(), (folder / "real").c_str());
                symlink(outside.c_str(), logs.c_str());
            }
        };
        RotationFixture::rotate();
        if (left <= 0) {
            unlink(logs.c_str());
            ::rename((folder / "real").c_str(), logs.c_str());
        }
        BOOST_TEST(files.list(outside).value().size() == 1u);
        BOOST_TEST(files.read(outside + "/a.log", 1_KiB).value() == "not ours");
    }
}

BOOST_AUTO_TEST_CASE(a_held_lock_is_a_conflict_and_a_dead_holder_leaves_none) {
    put("a.log", "a");
    policy("LOGS/a.log {\n size 1\n rotate 1\n}\n");
    {
        const Fd holder(open((options.state_file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        BOOST_REQUIRE(flock(holder.get(), LOCK_EX) == 0);
        const auto refused = try_rotate();
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == ErrorCode::conflict));
        BOOST_TEST(get("a.log") == "a");
    }
    BOOST_TEST((rotate().logs.at(0).outcome == Outcome::rotated));
}

BOOST_AUTO_TEST_SUITE_END()
