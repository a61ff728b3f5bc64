// Forgetting snapshots and removing what nobody needs, with the storage failing at every operation.
#include "agent/backup/pruner.hpp"

#include "agent/backup/forgetter.hpp"
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;
using backup::FileKind;

namespace {

struct PruneWorld : BackupWorld {
    Result<backup::PruneReport> try_prune(double unused_ratio_max = 0, bool is_dry_run = false) {
        VIGIE_TRY(const auto repository, backup::Repository::open(storage, random, password));
        std::vector<std::string> notes;
        VIGIE_TRY(const auto lock,
                  backup::RepositoryLock::take(*repository, clock, notes, backup::LockMode::exclusive));
        backup::PruneRequest request;
        request.unused_ratio_max = unused_ratio_max;
        request.is_dry_run = is_dry_run;
        return prune_repository(*repository, lock.get(), clock, request, {});
    }
    backup::PruneReport prune(double unused_ratio_max = 0, bool is_dry_run = false) {
        auto report = try_prune(unused_ratio_max, is_dry_run);
        BOOST_REQUIRE_MESSAGE(report.has_value(), (report ? std::string() : report.error().message));
        return std::move(*report);
    }
    void forget(const backup::Id& id) { BOOST_REQUIRE(storage.remove(FileKind::snapshot, id).has_value()); }
    uint64_t pack_bytes() const {
        uint64_t bytes = 0;
        for (const auto& [key, content] : storage.files) {
            bytes += key.first == FileKind::pack ? content.size() : 0;
        }
        return bytes;
    }
    void check_sound() {
        const auto verdict = verify();
        BOOST_TEST(verdict.is_sound(), (verdict.problems.kept.empty() ? "" : verdict.problems.kept[0].message));
        BOOST_TEST(verdict.notes.empty());
    }
    // One pack of data with a file that goes and one that stays, and a snapshot that needs the second only.
    backup::Id keep_half() {
        write("goes", noise(40000, 1));
        write("stays", noise(40000, 2));
        const auto first = run().snapshot;
        BOOST_REQUIRE(files.remove(at("goes")).has_value());
        const auto second = run().snapshot;
        forget(first);
        return second;
    }
};

backup::Snapshot snapshot_of(std::string_view host, int64_t seconds) {
    backup::Snapshot snapshot;
    snapshot.host = host;
    snapshot.time.seconds = seconds;
    snapshot.id = backup::id_of(fmt::format("{} {}", host, seconds));
    return snapshot;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_prune, PruneWorld)

BOOST_AUTO_TEST_CASE(what_only_a_forgotten_snapshot_needs_goes_and_the_rest_restores) {
    write("file", noise(50000, 1));
    const auto first = run().snapshot;
    write("file", noise(50000, 2));
    const auto second = run().snapshot;
    forget(first);
    const auto before = pack_bytes();
    const auto report = prune();
    BOOST_TEST(report.snapshots == 1u);
    BOOST_TEST(report.packs_removed >= 1u);
    BOOST_TEST(report.bytes_freed >= 50000u);
    BOOST_TEST(pack_bytes() <= before - 50000);
    check_sound();
    BOOST_REQUIRE(restore(second, folder / "t").has_value());
    BOOST_TEST((restored(folder / "t", "file") == noise(50000, 2)));
    BOOST_TEST(storage.count(FileKind::lock) == 0u);
}

BOOST_AUTO_TEST_CASE(a_pack_that_is_half_needed_is_written_anew) {
    const auto second = keep_half();
    const auto report = prune();
    BOOST_TEST(report.packs_rewritten >= 1u);
    BOOST_TEST(report.packs_new >= 1u);
    BOOST_TEST(report.bytes_unused == 0u);
    BOOST_TEST(pack_bytes() < 50000u);
    check_sound();
    BOOST_REQUIRE(restore(second, folder / "t").has_value());
    BOOST_TEST((restored(folder / "t", "stays") == noise(40000, 2)));
    BOOST_TEST(report.bytes_freed >= 40000u);
}

// Nothing is written anew: for a disk that is full.
BOOST_AUTO_TEST_CASE(with_all_unused_allowed_packs_go_whole_or_not_at_all) {
    keep_half();
    const auto report = prune(1);
    BOOST_TEST(report.packs_rewritten == 0u);
    BOOST_TEST(report.packs_new == 0u);
    BOOST_TEST(report.bytes_unused >= 40000u);
    check_sound();
}

BOOST_AUTO_TEST_CASE(a_second_prune_and_one_without_need_change_nothing) {
    keep_half();
    prune();
    const auto before = storage.files;
    const auto report = prune();
    BOOST_TEST(report.packs_removed + report.packs_rewritten + report.packs_new == 0u);
    BOOST_TEST((storage.files == before));
}

BOOST_AUTO_TEST_CASE(a_dry_run_changes_nothing_and_tells_the_same) {
    keep_half();
    const auto before = storage.files;
    const auto foreseen = prune(0, true);
    BOOST_TEST((storage.files == before));
    const auto report = prune();
    BOOST_TEST(foreseen.packs_removed == report.packs_removed);
    BOOST_TEST(foreseen.packs_rewritten == report.packs_rewritten);
    BOOST_TEST(foreseen.bytes_freed == report.bytes_freed);
}

BOOST_AUTO_TEST_CASE(without_snapshots_all_data_goes) {
    write("file", noise(1000, 1));
    forget(run().snapshot);
    prune();
    BOOST_TEST(storage.count(FileKind::pack) == 0u);
    BOOST_TEST(storage.count(FileKind::index) == 0u);
    BOOST_TEST(run().files_new == 1u);
    check_sound();
}

BOOST_AUTO_TEST_CASE(packs_of_a_killed_run_that_no_snapshot_needs_go) {
    write("file", noise(1000, 1));
    run();
    const auto repository = open();
    BOOST_REQUIRE(repository->save_blob(backup::BlobKind::data, noise(5000, 9)).has_value());
    BOOST_REQUIRE(repository->flush_packs().has_value());
    BOOST_TEST(verify().notes.size() == 1u);
    BOOST_TEST(prune().packs_removed == 1u);
    check_sound();
}

// As two hosts leave it that stored the same file at once: the blob lies in two packs, both listed.
BOOST_AUTO_TEST_CASE(a_blob_that_is_stored_twice_stays_once) {
    write("file", noise(30000, 1));
    const auto id = run().snapshot;
    const auto repository = open();
    BOOST_REQUIRE(repository->load_index().has_value());
    for (uint32_t number = 0; number < repository->index().size(); ++number) {
        BOOST_REQUIRE(repository->copy_blob(repository->index().at(number)).has_value());
    }
    BOOST_REQUIRE(repository->flush().has_value());
    prune();
    BOOST_TEST(pack_bytes() < 40000u);
    check_sound();
    BOOST_REQUIRE(restore(id, folder / "t").has_value());
    BOOST_TEST((restored(folder / "t", "file") == noise(30000, 1)));
}

// Every order of writing and removing must be safe: the old state or the new one, and the next prune ends the work.
BOOST_AUTO_TEST_CASE(a_failure_at_any_operation_leaves_the_snapshot_whole_and_the_next_prune_finishes) {
    const auto id = keep_half();
    const auto before = storage.files;
    for (const bool is_once : {false, true}) {
        for (int64_t number = 0;; ++number) {
            BOOST_REQUIRE(number < 200);
            storage.files = before;
            storage.operations = 0;
            storage.is_once = is_once;
            storage.failing_from = number;
            static_cast<void>(try_prune());
            storage.failing_from = -1;
            const auto used = storage.operations;
            std::erase_if(storage.files, [](const auto& file) { return file.first.first == FileKind::lock; });
            const auto verdict = verify();
            BOOST_REQUIRE_MESSAGE(verdict.is_sound(), "operation " << number);
            const auto back = restore(id, folder / "t").value();
            BOOST_REQUIRE_MESSAGE(!back.is_partial(), "operation " << number);
            prune();
            BOOST_TEST(pack_bytes() < 50000u);
            check_sound();
            if (used <= number) {
                break;  // the prune was over before it
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_goes_while_a_snapshot_is_damaged_or_unreadable) {
    const auto id = keep_half();
    const auto whole = storage.files;
    // The pack with the files is gone.
    auto largest = storage.files.end();
    for (auto file = storage.files.begin(); file != storage.files.end(); ++file) {
        if (file->first.first == FileKind::pack &&
            (largest == storage.files.end() || file->second.size() > largest->second.size())) {
            largest = file;
        }
    }
    storage.files.erase(largest);
    auto before = storage.files;
    BOOST_TEST(try_prune().error().message.find("nothing was removed") != std::string::npos);
    BOOST_TEST((storage.files == before));
    // A byte of the snapshot flipped.
    storage.files = whole;
    auto& flipped = storage.files[{FileKind::snapshot, id}][40];
    flipped = static_cast<char>(flipped ^ 1);
    before = storage.files;
    BOOST_TEST(try_prune().error().message.find("nothing was removed") != std::string::npos);
    BOOST_TEST((storage.files == before));
    // An index that can't be read.
    storage.files = whole;
    for (auto& [key, content] : storage.files) {
        if (key.first == FileKind::index) {
            content[40] = static_cast<char>(content[40] ^ 1);
        }
    }
    before = storage.files;
    BOOST_TEST(!try_prune().has_value());
    BOOST_TEST((storage.files == before));
}

BOOST_AUTO_TEST_CASE(an_exclusive_lock_waits_for_nobody_and_lets_nobody_in) {
    write("file", "x");
    run();
    const auto repository = open();
    std::vector<std::string> notes;
    {
        const auto reader = backup::RepositoryLock::take(*repository, clock, notes).value();
        BOOST_TEST((try_prune().error().code == ErrorCode::conflict));
        BOOST_TEST(storage.count(FileKind::lock) == 1u);
    }
    {
        const auto pruner =
            backup::RepositoryLock::take(*repository, clock, notes, backup::LockMode::exclusive).value();
        BOOST_TEST((try_run({source}).error().code == ErrorCode::conflict));
        BOOST_TEST((try_prune().error().code == ErrorCode::conflict));
    }
    BOOST_TEST(try_prune().has_value());
}

// Whether it is stale nobody can tell: a backup may go on beside it, what removes data may not.
BOOST_AUTO_TEST_CASE(an_unreadable_lock_stops_what_removes) {
    write("file", "x");
    run();
    storage.files[{FileKind::lock, backup::id_of("x")}] = "no lock";
    BOOST_TEST(try_run({source}).has_value());
    const auto refused = try_prune();
    BOOST_TEST((refused.error().code == ErrorCode::conflict));
    BOOST_TEST(refused.error().message.find("unlock") != std::string::npos);
    const auto repository = open();
    BOOST_TEST(unlock_repository(*repository, clock, false)->left == 1u);
    BOOST_TEST(unlock_repository(*repository, clock, true)->removed == 1u);
    BOOST_TEST(try_prune().has_value());
}

BOOST_AUTO_TEST_CASE(unlock_takes_stale_locks_and_leaves_living_ones) {
    const auto repository = open();
    const backup::LockHolder holder{backup::moment_of(clock.wall()), true, "elsewhere", "root", 1, "", 0};
    BOOST_REQUIRE(repository->save_json(FileKind::lock, format_lock(holder)).has_value());
    BOOST_TEST(unlock_repository(*repository, clock, false)->left == 1u);
    clock.advance(31min);
    BOOST_TEST(unlock_repository(*repository, clock, false)->removed == 1u);
    BOOST_TEST(storage.count(FileKind::lock) == 0u);
}

// The counterpart of restic#3182: a pruner that stood still must not remove what was stored meanwhile.
BOOST_AUTO_TEST_CASE(a_pruner_that_lost_its_lock_removes_nothing) {
    keep_half();
    const auto repository = open();
    std::vector<std::string> notes;
    const auto lock = backup::RepositoryLock::take(*repository, clock, notes, backup::LockMode::exclusive).value();
    std::erase_if(storage.files, [](const auto& file) { return file.first.first == FileKind::lock; });
    const auto packs = storage.count(FileKind::pack);
    backup::PruneRequest request;
    request.unused_ratio_max = 0;
    const auto refused = prune_repository(*repository, lock.get(), clock, request, {});
    BOOST_TEST((refused.error().code == ErrorCode::conflict));
    BOOST_TEST(storage.count(FileKind::pack) >= packs);
    BOOST_TEST(verify().is_sound());
}

BOOST_AUTO_TEST_CASE(forget_goes_by_policy_for_each_host_or_by_name) {
    const std::vector<backup::Snapshot> snapshots{snapshot_of("a", 100), snapshot_of("a", 200), snapshot_of("b", 50)};
    backup::ForgetRequest request;
    const backup::Moment now{1000, 0};
    BOOST_TEST((plan_forget(snapshots, request, now).error().code == ErrorCode::malformed));
    request.policy.last = 1;
    BOOST_TEST((removed_by(plan_forget(snapshots, request, now).value()) ==
                std::vector<backup::Id>{snapshot_of("a", 100).id}));
    request.host = "c";
    BOOST_TEST((plan_forget(snapshots, request, now).error().code == ErrorCode::not_found));
    request = {};
    request.names = {to_hex(snapshot_of("b", 50).id).substr(0, 12)};
    BOOST_TEST(
        (removed_by(plan_forget(snapshots, request, now).value()) == std::vector<backup::Id>{snapshot_of("b", 50).id}));
    request.names = {"latest"};
    BOOST_TEST(!plan_forget(snapshots, request, now).has_value());
}

// A tag with a slip in it would match nothing and take everything away.
BOOST_AUTO_TEST_CASE(a_policy_that_would_leave_nothing_of_a_group_is_refused) {
    backup::ForgetRequest request;
    request.policy.tags = {{"monthyl"}};
    const auto refused = plan_forget({snapshot_of("a", 100)}, request, {1000, 0});
    BOOST_TEST((refused.error().code == ErrorCode::malformed));
    BOOST_TEST(refused.error().message.find("would leave no snapshot") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(forgotten_snapshots_are_gone_and_one_that_was_gone_before_is_no_error) {
    write("file", "x");
    const auto first = run().snapshot;
    const auto second = run().snapshot;
    const auto repository = open();
    std::vector<std::string> notes;
    const auto lock = backup::RepositoryLock::take(*repository, clock, notes, backup::LockMode::exclusive).value();
    BOOST_REQUIRE(remove_snapshots(*repository, *lock, {first, first}).has_value());
    BOOST_TEST(storage.count(FileKind::snapshot) == 1u);
    BOOST_TEST(!restore(second, folder / "t")->is_partial());
}

BOOST_AUTO_TEST_SUITE_END()
