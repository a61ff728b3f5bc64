// Which entries a restore takes, and what becomes of those that are there.
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;
using backup::OverwritePolicy;

namespace {

struct OptionsWorld : BackupWorld {
    std::string target = folder / "target";
    backup::RestoreRequest request;

    void snap() {
        const auto id = run().snapshot;
        request.snapshot =
            backup::parse_snapshot(open()->load_json(backup::FileKind::snapshot, id).value(), id).value();
        request.target = target;
    }
    Result<backup::RestoreReport> try_restore() {
        const auto repository = open();
        VIGIE_CHECK(repository->load_index());
        return restore_snapshot(*repository, clock, request, {});
    }
    backup::RestoreReport restore() {
        auto report = try_restore();
        BOOST_REQUIRE_MESSAGE(report.has_value(), (report ? std::string() : report.error().message));
        return std::move(*report);
    }
    bool is_there(std::string_view name) { return files.is_present(target + at(name)); }
    // What stands in the target already, with a time of its own.
    void plant(std::string_view name, std::string_view content, int64_t seconds) {
        const auto path = target + at(name);
        BOOST_REQUIRE(files.make_directories(parent_of(path), 0755).has_value());
        BOOST_REQUIRE(files.write_atomically(path, content, 0644).has_value());
        set_time(path, seconds);
    }
    static void set_time(const std::string& path, int64_t seconds) {
        const std::array<struct timespec, 2> times{{{seconds, 0}, {seconds, 0}}};
        BOOST_REQUIRE(utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_restore_options, OptionsWorld)

BOOST_AUTO_TEST_CASE(only_what_is_included_comes_and_no_folder_for_nothing) {
    make_folder("some/deep");
    make_folder("none");
    write("some/deep/a.conf", "1");
    write("some/b.txt", "2");
    write("none/c.txt", "3");
    snap();
    BOOST_REQUIRE(request.includes.add("*.conf").has_value());
    const auto report = restore();
    BOOST_TEST(report.files_written == 1u);
    BOOST_TEST(is_there("some/deep/a.conf"));
    BOOST_TEST(!is_there("some/b.txt"));
    BOOST_TEST(!is_there("none"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_included_comes_whole) {
    make_folder("some/deep");
    write("some/deep/a", "1");
    write("other", "2");
    snap();
    BOOST_REQUIRE(request.includes.add(at("some")).has_value());
    restore();
    BOOST_TEST(is_there("some/deep/a"));
    BOOST_TEST(!is_there("other"));
}

BOOST_AUTO_TEST_CASE(what_is_excluded_stays_out_whatever_includes_it) {
    make_folder("cache");
    write("cache/a.conf", "1");
    write("b.conf", "2");
    write("b.tmp", "3");
    snap();
    BOOST_REQUIRE(request.includes.add("*.conf").has_value());
    BOOST_REQUIRE(request.excludes.add("cache").has_value());
    restore();
    BOOST_TEST(is_there("b.conf"));
    BOOST_TEST(!is_there("cache"));
    BOOST_TEST(!is_there("b.tmp"));
}

BOOST_AUTO_TEST_CASE(patterns_that_leave_nothing_are_an_error_and_not_a_success) {
    write("a", "1");
    snap();
    BOOST_REQUIRE(request.includes.add("*.conf").has_value());
    BOOST_TEST((try_restore().error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(never_leaves_what_is_there_as_it_is) {
    write("there", "from the snapshot");
    write("absent", "new");
    snap();
    plant("there", "mine", 1'000'000'000);
    request.overwrite = OverwritePolicy::never;
    const auto report = restore();
    BOOST_TEST(report.left_alone == 1u);
    BOOST_TEST(report.files_written == 1u);
    BOOST_TEST(restored(target, "there") == "mine");
    BOOST_TEST(stat_of(target + at("there")).st_mtim.tv_sec == 1'000'000'000);
    BOOST_TEST(restored(target, "absent") == "new");
}

BOOST_AUTO_TEST_CASE(if_newer_replaces_only_what_is_older_than_the_snapshot_s) {
    for (const auto* name : {"older", "newer", "same"}) {
        write(name, "from the snapshot");
        set_time(at(name), 1'500'000'000);
    }
    snap();
    plant("older", "mine", 1'400'000'000);
    plant("newer", "mine", 1'600'000'000);
    plant("same", "mine", 1'500'000'000);
    request.overwrite = OverwritePolicy::if_newer;
    BOOST_TEST(restore().left_alone == 2u);
    BOOST_TEST(restored(target, "older") == "from the snapshot");
    BOOST_TEST(restored(target, "newer") == "mine");
    BOOST_TEST(restored(target, "same") == "mine");
}

// Size and time alone decide, so that nothing is read; `always` reads and sees the difference.
BOOST_AUTO_TEST_CASE(if_changed_goes_by_size_and_time) {
    write("file", "abcd");
    set_time(at("file"), 1'500'000'000);
    snap();
    plant("file", "efgh", 1'500'000'000);
    request.overwrite = OverwritePolicy::if_changed;
    BOOST_TEST(restore().files_kept == 1u);
    BOOST_TEST(restored(target, "file") == "efgh");
    plant("file", "efgh", 1'500'000'001);
    restore();
    BOOST_TEST(restored(target, "file") == "abcd");
    plant("file", "efgh", 1'500'000'000);
    request.overwrite = OverwritePolicy::always;
    BOOST_TEST(restore().files_written == 1u);
    BOOST_TEST(restored(target, "file") == "abcd");
}

// restic#79; and for what must have its blocks, such as a swap file, no holes.
BOOST_AUTO_TEST_CASE(zeros_become_holes_unless_told_otherwise) {
    write("zeros", std::string(4U << 20, '\0') + "end");
    snap();
    restore();
    const auto sparse = stat_of(target + at("zeros"));
    BOOST_TEST(sparse.st_size == (4 << 20) + 3);
    BOOST_TEST(sparse.st_blocks * 512 < 1 << 20);
    request.target = target = folder / "dense";
    request.is_sparse = false;
    restore();
    BOOST_TEST(stat_of(target + at("zeros")).st_blocks * 512 >= 4 << 20);
    BOOST_TEST((restored(target, "zeros") == std::string(4U << 20, '\0') + "end"));
}

BOOST_AUTO_TEST_SUITE_END()
