// Faults: of the storage at every operation, of single bytes, of clocks and of other programs.
#include "agent/backup/snapshot_choice.hpp"

#include <boost/test/unit_test.hpp>
#include "agent/backup/local_storage.hpp"
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;
using backup::FileKind;

namespace {
backup::Snapshot snapshot_at(int64_t seconds, std::string_view name) {
    backup::Snapshot snapshot;
    snapshot.id = backup::id_of(name);
    snapshot.time.seconds = seconds;
    snapshot.host = "h";
    return snapshot;
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_repository, BackupWorld)

BOOST_AUTO_TEST_CASE(a_wrong_password_is_denied_and_an_absent_repository_not_found) {
    BOOST_TEST((backup::Repository::open(storage, random, "wrong").error().code == ErrorCode::denied));
    MemoryStorage empty;
    BOOST_TEST((backup::Repository::open(empty, random, password).error().code == ErrorCode::not_found));
    BOOST_TEST(
        (backup::Repository::create(storage, random, password, {}, {16, 1, 1}).error().code == ErrorCode::exists));
}

// A new key over old packs would lock them away for good.
BOOST_AUTO_TEST_CASE(no_repository_is_made_where_one_has_lost_its_config) {
    write("file", "content");
    run();
    std::erase_if(storage.files, [](const auto& file) { return file.first.first == FileKind::config; });
    const auto made = backup::Repository::create(storage, random, password, {}, {16, 1, 1});
    BOOST_TEST((made.error().code == ErrorCode::exists));
    BOOST_TEST(made.error().message.find("config is lost") != std::string::npos);
    // What a killed 'init' leaves is no repository yet.
    std::erase_if(storage.files, [](const auto& file) { return file.first.first != FileKind::key; });
    BOOST_TEST(backup::Repository::create(storage, random, password, {}, {16, 1, 1}).has_value());
}

// wal-g#85, restic#1140: after a failure at any operation the old snapshot restores and the repository verifies.
BOOST_AUTO_TEST_CASE(a_failure_at_any_operation_leaves_the_old_snapshot_and_a_sound_repository) {
    write("old", "old content");
    const auto first = run().snapshot;
    write("new", noise(5000, 2));
    const auto before = storage.files;
    for (const bool is_once : {false, true}) {
        for (int64_t number = 0;; ++number) {
            BOOST_REQUIRE(number < 200);
            storage.files = before;
            storage.operations = 0;
            storage.is_once = is_once;
            storage.failing_from = number;
            const auto report = try_run({source});
            storage.failing_from = -1;
            const auto used = storage.operations;
            const auto verified = verify();
            BOOST_TEST(verified.is_sound(), fmt::format("operation {}: {}", number, verified.problems.count));
            BOOST_TEST(verified.snapshots == (report ? 2u : 1u));
            BOOST_REQUIRE(restore(first, folder / "t").has_value());
            BOOST_TEST(restored(folder / "t", "old") == "old content");
            if (used <= number) {
                break;  // the run was over before it
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_run_after_a_failure_succeeds) {
    write("file", noise(5000, 2));
    storage.operations = 0;
    storage.failing_from = 12;
    BOOST_TEST(!try_run({source}).has_value());
    storage.failing_from = -1;
    BOOST_TEST(!run().is_partial());
    BOOST_TEST(verify().is_sound());
}

// restic#2960: packs of a killed run are found though no index lists them.
BOOST_AUTO_TEST_CASE(packs_of_a_killed_run_are_used_again) {
    const auto content = noise(20U << 20, 3);
    write("big", content);
    const auto report = run();
    BOOST_TEST(report.added_bytes > content.size());
    // As after kill -9 before the index: packs only.
    std::erase_if(storage.files, [](const auto& file) {
        return file.first.first == FileKind::index || file.first.first == FileKind::snapshot;
    });
    const auto again = run();
    BOOST_TEST(again.adopted_packs > 0u);
    // At most the trees of the folders above: /tmp itself changes when anyone uses it.
    BOOST_TEST(again.added_bytes < 4096u);
    BOOST_TEST(verify().is_sound());
    BOOST_REQUIRE(restore(again.snapshot, folder / "t").has_value());
    BOOST_TEST((restored(folder / "t", "big") == content));
}

// pgbackrest#2502
BOOST_AUTO_TEST_CASE(one_flipped_byte_of_a_pack_names_the_snapshots_touched) {
    write("one", noise(3000, 1));
    const auto first = run().snapshot;
    write("two", noise(3000, 2));
    const auto first_packs = storage.files;
    const auto second = run().snapshot;
    BOOST_TEST(verify().is_sound());
    for (auto& [key, content] : storage.files) {
        // Of the new data pack only: the second snapshot needs it, the first does not.
        if (key.first == FileKind::pack && !first_packs.contains(key) && content.size() > 3000) {
            content[100] = static_cast<char>(content[100] ^ 1);
        }
    }
    const auto report = verify();
    BOOST_TEST(!report.is_sound());
    BOOST_REQUIRE(report.damaged.size() == 1u);
    BOOST_TEST((report.damaged[0].id == second));
    const auto back = restore(second, folder / "t").value();
    BOOST_REQUIRE(back.problems.kept.size() == 1u);
    BOOST_TEST(back.problems.kept[0].path == at("two"));
    BOOST_TEST(!restore(first, folder / "t1")->is_partial());
}

BOOST_AUTO_TEST_CASE(a_missing_pack_and_a_missing_index_are_found) {
    write("one", noise(3000, 1));
    run();
    const auto whole = storage.files;
    for (const auto kind : {FileKind::pack, FileKind::index}) {
        storage.files = whole;
        storage.files.erase(std::find_if(storage.files.begin(), storage.files.end(),
                                         [kind](const auto& file) { return file.first.first == kind; }));
        BOOST_TEST(verify().damaged.size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(any_flipped_byte_of_any_file_is_found) {
    write("one", noise(600, 1));
    run();
    const auto whole = storage.files;
    for (const auto& [key, content] : whole) {
        if (key.first == FileKind::config || key.first == FileKind::key) {
            continue;  // without these it does not open at all
        }
        for (size_t at_byte = 0; at_byte < content.size(); at_byte += 37) {
            storage.files = whole;
            auto& flipped = storage.files[key][at_byte];
            flipped = static_cast<char>(flipped ^ 0x10);
            BOOST_REQUIRE_MESSAGE(!verify().is_sound(), describe(key.first, key.second) << " byte " << at_byte);
        }
    }
}

// restic#21956
BOOST_AUTO_TEST_CASE(a_snapshot_of_2099_is_never_the_latest) {
    const std::vector<backup::Snapshot> snapshots{snapshot_at(1000, "a"), snapshot_at(2000, "b"),
                                                  snapshot_at(4'070'908'800, "c")};
    const backup::Moment now{3000, 0};
    BOOST_TEST((choose_snapshot(snapshots, "latest", "", "", now)->id == backup::id_of("b")));
    BOOST_TEST((choose_snapshot(snapshots, to_hex(backup::id_of("c")), "", "", now)->id == backup::id_of("c")));
    BOOST_TEST(!choose_snapshot(snapshots, "latest", "other", "", now).has_value());
    BOOST_TEST(!choose_snapshot(snapshots, "", "", "", now).has_value());
    BOOST_TEST(!choose_snapshot(snapshots, "zz", "", "", now).has_value());
}

BOOST_AUTO_TEST_CASE(an_exclusive_lock_of_a_living_process_refuses_the_run) {
    write("file", "x");
    const auto repository = open();
    backup::LockHolder holder{backup::moment_of(clock.wall()), true, "elsewhere", "root", 1, "", 0};
    BOOST_REQUIRE(repository->save_json(FileKind::lock, format_lock(holder)).has_value());
    const auto refused = try_run({source});
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::conflict));
    BOOST_TEST(refused.error().message.find("root@elsewhere") != std::string::npos);
    clock.advance(31min);
    const auto report = run();
    BOOST_TEST(report.notes.size() == 1u);
    BOOST_TEST(storage.count(FileKind::lock) == 0u);
}

// restic#3182: judged dead while it stood still.
BOOST_AUTO_TEST_CASE(a_run_that_lost_its_lock_aborts) {
    const auto repository = open();
    std::vector<std::string> notes;
    const auto lock = backup::RepositoryLock::take(*repository, clock, notes).value();
    BOOST_TEST(lock->confirm().has_value());
    clock.advance(6min);
    BOOST_TEST(lock->renew_if_due().has_value());
    BOOST_TEST(storage.count(FileKind::lock) == 1u);
    clock.advance(26min);
    BOOST_TEST((lock->renew_if_due().error().code == ErrorCode::conflict));
    clock.advance(-26min);
    std::erase_if(storage.files, [](const auto& file) { return file.first.first == FileKind::lock; });
    BOOST_TEST((lock->confirm().error().code == ErrorCode::conflict));
}

BOOST_AUTO_TEST_CASE(a_local_repository_is_laid_out_as_restics) {
    backup::LocalStorage local(folder / "repo", random);
    BOOST_REQUIRE(backup::Repository::create(local, random, password, {}, {16, 1, 1}).has_value());
    BOOST_TEST((stat_of(folder / "repo/config").st_mode & 07777) == 0400u);
    BOOST_TEST((stat_of(folder / "repo/data/ff").st_mode & 07777) == 0700u);
    BOOST_REQUIRE(local.save(FileKind::pack, backup::id_of("p"), "0123456789").has_value());
    BOOST_TEST(local.load_range(FileKind::pack, backup::id_of("p"), 3, 4).value() == "3456");
    BOOST_TEST((local.load_range(FileKind::pack, backup::id_of("p"), 8, 4).error().code == ErrorCode::corrupt));
    BOOST_TEST(local.list(FileKind::pack)->size() == 1u);
    BOOST_REQUIRE(files.write_atomically(folder / "repo/data/00/junk", "x", 0600).has_value());
    BOOST_TEST(local.list(FileKind::pack)->size() == 1u);
    BOOST_REQUIRE(local.remove(FileKind::pack, backup::id_of("p")).has_value());
    BOOST_TEST((local.load(FileKind::pack, backup::id_of("p")).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
