// Packs that vanish from a repository, or lose their ends, behind its back.
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;

namespace {

struct LossWorld : BackupWorld {
    std::string content = noise(300000, 1);
    backup::RunReport first;

    LossWorld() {
        write("file", content);
        first = run();
    }
    // The pack that holds the file's content.
    std::map<std::pair<backup::FileKind, backup::Id>, std::string>::iterator data_pack() {
        const auto repository = open();
        BOOST_REQUIRE(repository->load_index().has_value());
        backup::Id pack;
        repository->index().for_each([&](const backup::Id& holder, const backup::PackedBlob& blob) {
            pack = blob.kind == backup::BlobKind::data ? holder : pack;
        });
        const auto found = storage.files.find({backup::FileKind::pack, pack});
        BOOST_REQUIRE((found != storage.files.end()));
        return found;
    }
    // As the command does it: what is lost is left out first.
    std::string restore_leniently(const backup::Id& id, const std::string& target) {
        const auto repository = open();
        BOOST_REQUIRE(repository->load_index().has_value());
        BOOST_REQUIRE(repository->leave_out_lost_packs(backup::ShortPacks::use_what_is_there).has_value());
        backup::RestoreRequest request;
        const auto json = repository->load_json(backup::FileKind::snapshot, id).value();
        request.snapshot = backup::parse_snapshot(json, id).value();
        request.target = target;
        BOOST_TEST(!restore_snapshot(*repository, clock, request, {}).value().is_partial());
        return restored(target, "file");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_lost_packs, LossWorld)

BOOST_AUTO_TEST_CASE(an_unchanged_file_whose_pack_is_gone_is_stored_again_with_a_warning) {
    storage.files.erase(data_pack());
    BOOST_TEST(!verify().is_sound());
    const auto second = run();
    BOOST_TEST(second.lost_packs == 1u);
    BOOST_TEST(second.files_unmodified == 0u);
    BOOST_TEST(second.added_bytes >= 300000u);
    BOOST_REQUIRE(!second.notes.empty());
    BOOST_TEST(second.notes.front().find("is gone") != std::string::npos, second.notes.front());
    BOOST_TEST((restore_leniently(second.snapshot, folder / "t") == content));
    // The first snapshot needs the same blobs, so that it is whole again too.
    BOOST_TEST((restore_leniently(first.snapshot, folder / "u") == content));
}

BOOST_AUTO_TEST_CASE(what_was_stored_again_is_found_although_an_older_index_still_names_the_lost_pack) {
    storage.files.erase(data_pack());
    run();
    const auto verdict = verify();
    BOOST_TEST(verdict.is_sound());
    BOOST_TEST(verdict.damaged.empty());
    BOOST_REQUIRE(!verdict.notes.empty());
    BOOST_TEST(verdict.notes.front().find("repair index") != std::string::npos, verdict.notes.front());
    const auto third = run();
    BOOST_TEST(third.lost_packs == 0u);
    BOOST_TEST(third.files_unmodified == 1u);
    BOOST_TEST(third.added_bytes < 4096u);
}

BOOST_AUTO_TEST_CASE(a_pack_that_lost_its_end_counts_as_gone_for_a_backup) {
    auto& bytes = data_pack()->second;
    bytes.resize(bytes.size() / 2);
    const auto second = run();
    BOOST_TEST(second.lost_packs == 1u);
    BOOST_REQUIRE(!second.notes.empty());
    BOOST_TEST(second.notes.front().find("too short") != std::string::npos, second.notes.front());
    BOOST_TEST((restore_leniently(second.snapshot, folder / "t") == content));
}

BOOST_AUTO_TEST_CASE(a_lost_tree_is_written_again) {
    for (auto file = storage.files.begin(); file != storage.files.end();) {
        file = file->first.first == backup::FileKind::pack ? storage.files.erase(file) : std::next(file);
    }
    const auto second = run();
    BOOST_TEST(second.lost_packs == 2u);  // one of data, one of trees
    BOOST_TEST((restore_leniently(second.snapshot, folder / "t") == content));
}

BOOST_AUTO_TEST_CASE(many_lost_packs_are_counted_after_the_first_ten) {
    std::vector<backup::LostPack> lost(25);
    const auto told = backup::describe_lost(lost, "so it is");
    BOOST_REQUIRE(told.size() == 11u);
    BOOST_TEST(told.back() == "and 15 packs more; so it is");
}

BOOST_AUTO_TEST_SUITE_END()
