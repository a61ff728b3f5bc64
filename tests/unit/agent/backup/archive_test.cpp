// Snapshots of real folders into a repository in memory, and back.
#include "tests/unit/agent/backup/backup_world.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::tests;

BOOST_FIXTURE_TEST_SUITE(backup_archive, BackupWorld)

BOOST_AUTO_TEST_CASE(restores_content_modes_times_and_links) {
    write("plain", "hello");
    write("empty", "");
    make_folder("deep/er");
    write("deep/er/file", noise(3U << 20, 1));
    BOOST_REQUIRE(symlink("../nowhere", at("link").c_str()) == 0);
    BOOST_REQUIRE(chmod(at("plain").c_str(), 04711) == 0);
    BOOST_REQUIRE(chmod(at("deep").c_str(), 01777) == 0);
    const std::array<struct timespec, 2> times{{{-5, 7}, {-5, 123456789}}};
    BOOST_REQUIRE(utimensat(AT_FDCWD, at("plain").c_str(), times.data(), 0) == 0);
    BOOST_REQUIRE(utimensat(AT_FDCWD, at("deep").c_str(), times.data(), 0) == 0);
    BOOST_REQUIRE(utimensat(AT_FDCWD, at("link").c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0);

    const auto report = run();
    BOOST_TEST(!report.is_partial());
    BOOST_TEST(report.files_new == 3u);
    const auto target = folder / "target";
    const auto back = restore(report.snapshot, target).value();
    BOOST_TEST(!back.is_partial());
    BOOST_TEST(restored(target, "plain") == "hello");
    BOOST_TEST(restored(target, "empty") == "");
    BOOST_TEST((restored(target, "deep/er/file") == noise(3U << 20, 1)));
    for (const auto* name : {"plain", "empty", "deep", "deep/er", "deep/er/file", "link"}) {
        const auto before = stat_of(at(name));
        const auto after = stat_of(target + at(name));
        BOOST_TEST(before.st_mode == after.st_mode, name);
        BOOST_TEST(before.st_mtim.tv_sec == after.st_mtim.tv_sec, name);
        BOOST_TEST(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec, name);
        BOOST_TEST(before.st_uid == after.st_uid, name);
    }
}

BOOST_AUTO_TEST_CASE(an_unchanged_run_reads_no_file_and_adds_nothing) {
    write("a", noise(100000, 1));
    make_folder("sub");
    write("sub/b", "b");
    run();
    const auto again = run();
    BOOST_TEST(again.files_unmodified == 2u);
    // The snapshot, and the tree of a folder above when somebody wrote into that meanwhile: /tmp has a time, too.
    BOOST_TEST(again.added_bytes < 4096u);
    BOOST_TEST(again.parent.has_value());
}

BOOST_AUTO_TEST_CASE(the_same_content_is_stored_once) {
    const auto content = noise(200000, 1);
    write("a", content);
    write("b", content);
    const auto report = run();
    BOOST_TEST(report.source_bytes == 400000u);
    BOOST_TEST(report.added_bytes < 210000u);
}

// restic#2179: ctime tells what mtime hides.
BOOST_AUTO_TEST_CASE(a_rewrite_with_the_old_mtime_is_seen) {
    write("file", "one");
    const auto before = stat_of(at("file"));
    run();
    const Fd file(::open(at("file").c_str(), O_WRONLY));
    BOOST_REQUIRE(pwrite(file.get(), "two", 3, 0) == 3);
    const std::array<struct timespec, 2> times{before.st_atim, before.st_mtim};
    BOOST_REQUIRE(futimens(file.get(), times.data()) == 0);
    const auto report = run();
    BOOST_TEST(report.files_changed == 1u);
    BOOST_REQUIRE(restore(report.snapshot, folder / "t").has_value());
    BOOST_TEST(restored(folder / "t", "file") == "two");
}

// restic#4467
BOOST_AUTO_TEST_CASE(an_absent_source_beside_a_good_one_makes_the_run_partial_and_is_named) {
    write("file", "x");
    const auto report = run({at("file"), folder / "absent"});
    BOOST_TEST(report.is_partial());
    BOOST_REQUIRE(report.problems.kept.size() == 1u);
    BOOST_TEST(report.problems.kept[0].path == (folder / "absent"));
}

// restic#862
BOOST_AUTO_TEST_CASE(without_any_readable_source_there_is_no_snapshot) {
    const auto report = try_run({folder / "absent"});
    BOOST_REQUIRE(!report.has_value());
    BOOST_TEST(report.error().message.find("absent") != std::string::npos);
    BOOST_TEST(storage.count(backup::FileKind::snapshot) == 0u);
    BOOST_TEST(storage.count(backup::FileKind::lock) == 0u);
}

// borg#5420: opening a FIFO without a writer would wait for ever.
BOOST_AUTO_TEST_CASE(a_fifo_is_recorded_and_never_opened) {
    BOOST_REQUIRE(mkfifo(at("fifo").c_str(), 0640) == 0);
    const auto report = run();
    BOOST_TEST(report.others == 1u);
    BOOST_REQUIRE(restore(report.snapshot, folder / "t").has_value());
    BOOST_TEST(stat_of(folder / "t" + at("fifo")).st_mode == stat_of(at("fifo")).st_mode);
}

// rustic PR#1908. Root reads everything, so this needs another user.
BOOST_AUTO_TEST_CASE(an_unreadable_file_makes_the_run_partial_and_is_the_one_named,
                     *boost::unit_test::precondition([](auto) { return geteuid() != 0; })) {
    write("good", "x");
    write("bad", "y");
    BOOST_REQUIRE(chmod(at("bad").c_str(), 0) == 0);
    const auto report = run();
    BOOST_REQUIRE(report.problems.kept.size() == 1u);
    BOOST_TEST(report.problems.kept[0].path == at("bad"));
}

BOOST_AUTO_TEST_CASE(strange_names_come_back) {
    for (const auto* name :
         {"quote\"s", "new\nline", "back\\slash", "\xff\xfe not utf-8", "<>&", "\xf0\x9f\x98\x80", "-rf", " "}) {
        write(name, name);
    }
    const auto report = run();
    BOOST_REQUIRE(restore(report.snapshot, folder / "t").has_value());
    BOOST_TEST(files.list(folder / "t" + source).value() == files.list(source).value(),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(folders_nest_deeper_than_a_path_is_long) {
    // 900 levels of 12 bytes: far over PATH_MAX (4096).
    int at_level = ::open(source.c_str(), O_RDONLY | O_DIRECTORY);
    for (int level = 0; level < 900; ++level) {
        BOOST_REQUIRE(mkdirat(at_level, "level-level", 0755) == 0);
        const int below = openat(at_level, "level-level", O_RDONLY | O_DIRECTORY);
        BOOST_REQUIRE(below >= 0);
        close(at_level);
        at_level = below;
    }
    close(at_level);
    const auto report = run();
    BOOST_TEST(!report.is_partial());
    BOOST_TEST(report.folders == 901u);
    BOOST_TEST(restore(report.snapshot, folder / "t")->folders >= 901u);
    BOOST_TEST(verify().is_sound());
}

// restic#836
BOOST_AUTO_TEST_CASE(a_second_restore_into_the_same_place_touches_nothing) {
    write("file", noise(1000, 1));
    BOOST_REQUIRE(symlink("x", at("link").c_str()) == 0);
    const auto report = run();
    const auto target = folder / "t";
    BOOST_REQUIRE(restore(report.snapshot, target).has_value());
    const auto before = stat_of(target + at("file"));
    const auto link = stat_of(target + at("link"));
    const auto again = restore(report.snapshot, target).value();
    BOOST_TEST(again.files_kept == 1u);
    BOOST_TEST(again.files_written == 0u);
    const auto after = stat_of(target + at("file"));
    BOOST_TEST(before.st_ino == after.st_ino);
    BOOST_TEST(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
    BOOST_TEST(link.st_ino == stat_of(target + at("link")).st_ino);
}

// chown clears setuid, so the mode has to come after it although it looked right before. Needs root to give files away.
BOOST_AUTO_TEST_CASE(a_kept_file_that_belonged_to_another_gets_owner_and_setuid_back,
                     *boost::unit_test::precondition([](auto) { return geteuid() == 0; })) {
    write("tool", "x");
    BOOST_REQUIRE(chmod(at("tool").c_str(), 04755) == 0);
    const auto report = run();
    const auto restored = folder / "t" + at("tool");
    BOOST_REQUIRE(restore(report.snapshot, folder / "t").has_value());
    BOOST_REQUIRE(chown(restored.c_str(), 1, 1) == 0);
    BOOST_REQUIRE(chmod(restored.c_str(), 04755) == 0);
    BOOST_TEST(restore(report.snapshot, folder / "t")->files_kept == 1u);
    BOOST_TEST(stat_of(restored).st_uid == 0u);
    BOOST_TEST((stat_of(restored).st_mode & 07777) == 04755u);
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_put_right_again) {
    write("file", "right");
    const auto report = run();
    const auto target = folder / "t";
    BOOST_REQUIRE(restore(report.snapshot, target).has_value());
    BOOST_REQUIRE(files.write_atomically(target + at("file"), "wrong", 0600).has_value());
    BOOST_REQUIRE(restore(report.snapshot, target).has_value());
    BOOST_TEST(restored(target, "file") == "right");
}

BOOST_AUTO_TEST_CASE(a_link_in_the_way_of_a_folder_is_not_followed) {
    make_folder("sub");
    write("sub/file", "x");
    const auto report = run();
    const auto target = folder / "t";
    const auto outside = folder / "outside";
    BOOST_REQUIRE(files.make_directories(outside, 0755).has_value());
    BOOST_REQUIRE(files.make_directories(target + source, 0755).has_value());
    BOOST_REQUIRE(symlink(outside.c_str(), (target + at("sub")).c_str()) == 0);
    const auto back = restore(report.snapshot, target).value();
    BOOST_TEST(back.is_partial());
    BOOST_TEST(files.list(outside)->empty());
}

BOOST_AUTO_TEST_CASE(a_link_in_the_way_of_a_file_is_replaced_and_its_end_left_alone) {
    write("file", "new");
    const auto report = run();
    const auto target = folder / "t";
    BOOST_REQUIRE(files.write_atomically(folder / "precious", "old", 0600).has_value());
    BOOST_REQUIRE(files.make_directories(target + source, 0755).has_value());
    BOOST_REQUIRE(symlink((folder / "precious").c_str(), (target + at("file")).c_str()) == 0);
    BOOST_REQUIRE(restore(report.snapshot, target).has_value());
    BOOST_TEST(files.read(folder / "precious", 1_KiB).value() == "old");
    BOOST_TEST(restored(target, "file") == "new");
}

BOOST_AUTO_TEST_CASE(names_in_the_repository_cannot_leave_the_target) {
    const auto repository = open();
    const auto blob = repository->save_blob(backup::BlobKind::data, "evil").value();
    backup::TreeWriter tree;
    for (const auto* name : {"..", "../escaped", "/escaped", "good"}) {
        backup::Node node;
        node.name = name;
        node.type = backup::NodeType::file;
        node.mode = 0644;
        node.size = 4;
        node.content = {blob.id};
        tree.add(node);
    }
    backup::Snapshot snapshot;
    snapshot.tree = repository->save_blob(backup::BlobKind::tree, tree.finish())->id;
    snapshot.paths = {"/"};
    BOOST_REQUIRE(repository->flush().has_value());
    const auto id = repository->save_json(backup::FileKind::snapshot, backup::format_snapshot(snapshot)).value();
    const auto report = restore(id, folder / "t").value();
    BOOST_TEST(report.problems.count == 3u);
    BOOST_TEST(files.list(folder / "t").value() == std::vector<std::string>{"good"}, boost::test_tools::per_element());
    BOOST_TEST(!files.is_present(folder / "escaped"));
    BOOST_TEST(!files.is_present("/escaped"));
    BOOST_TEST(!verify().is_sound());
}

// restic#79
BOOST_AUTO_TEST_CASE(holes_stay_holes) {
    const Fd file(::open(at("sparse").c_str(), O_WRONLY | O_CREAT, 0600));
    BOOST_REQUIRE(pwrite(file.get(), "data", 4, 20 << 20) == 4);
    const auto report = run();
    BOOST_TEST(report.added_bytes < 100000u);
    BOOST_REQUIRE(restore(report.snapshot, folder / "t").has_value());
    const auto entry = stat_of(folder / "t" + at("sparse"));
    BOOST_TEST(entry.st_size == (20 << 20) + 4);
    BOOST_TEST(entry.st_blocks * 512 < 100000);
    BOOST_TEST((restored(folder / "t", "sparse") == files.read(at("sparse"), 64_MiB).value()));
}

// borg#761
BOOST_AUTO_TEST_CASE(the_second_name_of_a_hard_link_alone_comes_back_whole) {
    write("first", "shared");
    BOOST_REQUIRE(link(at("first").c_str(), at("second").c_str()) == 0);
    const auto report = run();
    BOOST_REQUIRE(restore(report.snapshot, folder / "t", {at("second")}).has_value());
    BOOST_TEST(restored(folder / "t", "second") == "shared");
    BOOST_TEST(restored(folder / "t", "first") == "(absent)");
}

BOOST_AUTO_TEST_CASE(paths_that_the_snapshot_has_not_are_an_error_that_names_each_and_writes_nothing) {
    write("file", "x");
    make_folder("sub");
    const auto report = run();
    // The parent of the second is there, a plain file stands in the way of the third.
    const auto refused = restore(report.snapshot, folder / "t", {"/no/such", at("absent"), at("file/below")});
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::not_found));
    for (const auto& path : {std::string("/no/such"), at("absent"), at("file/below")}) {
        BOOST_TEST(refused.error().message.find(path) != std::string::npos, refused.error().message);
    }
    BOOST_TEST(!files.is_present(folder / "t"));
}

BOOST_AUTO_TEST_CASE(a_missing_path_beside_a_good_one_makes_the_restore_partial_and_is_named) {
    write("file", "x");
    const auto report = run();
    const auto back = restore(report.snapshot, folder / "t", {at("absent"), at("file")}).value();
    BOOST_TEST(back.is_partial());
    BOOST_REQUIRE(back.problems.kept.size() == 1u);
    BOOST_TEST(back.problems.kept[0].path == at("absent"));
    BOOST_TEST(restored(folder / "t", "file") == "x");
}

BOOST_AUTO_TEST_CASE(clean_path_takes_away_dots_and_slashes) {
    BOOST_TEST(backup::clean_path("a/./b//c/", "/base") == "/base/a/b/c");
    BOOST_TEST(backup::clean_path("../x", "/base/sub") == "/base/x");
    BOOST_TEST(backup::clean_path("/../..", "/base") == "/");
    BOOST_TEST(backup::clean_path("", "/base") == "/base");
    BOOST_TEST(backup::clean_path("/a/b/../..", "/") == "/");
}

BOOST_AUTO_TEST_SUITE_END()
