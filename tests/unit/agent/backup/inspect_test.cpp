// Looking into snapshots: walking, comparing, measuring.
#include "agent/backup/snapshot_diff.hpp"
#include "agent/backup/snapshot_stats.hpp"
#include "agent/backup/snapshot_walk.hpp"
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;
using Texts = std::vector<std::string>;

namespace {

struct InspectWorld : BackupWorld {
    backup::Snapshot snapshot(const backup::Id& id) {
        return backup::parse_snapshot(open()->load_json(backup::FileKind::snapshot, id).value(), id).value();
    }
    std::unique_ptr<backup::Repository> open_with_index() {
        auto repository = open();
        BOOST_REQUIRE(repository->load_index().has_value());
        return repository;
    }
    // Differences below the source, as "M sub/file".
    Texts differences(const backup::Id& before, const backup::Id& after, backup::DiffReport& report) {
        Texts told;
        const auto repository = open_with_index();
        report = diff_snapshots(*repository, snapshot(before).tree, snapshot(after).tree,
                                [&](backup::Difference difference, const std::string& path, const backup::Node&) {
                                    static constexpr std::string_view letters = "+-MTU";
                                    if (path.starts_with(source + "/")) {
                                        told.push_back(fmt::format("{} {}", letters[static_cast<size_t>(difference)],
                                                                   path.substr(source.size() + 1)));
                                    }
                                });
        return told;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_inspect, InspectWorld)

BOOST_AUTO_TEST_CASE(a_walk_visits_each_entry_once_in_order_and_skips_where_told) {
    make_folder("b/skipped");
    make_folder("c");
    write("a", "1");
    write("b/file", "2");
    write("b/skipped/never", "3");
    write("c/last", "4");
    const auto tree = snapshot(run().snapshot).tree;
    const auto repository = open_with_index();
    Texts seen;
    backup::ProblemList problems;
    walk_snapshot(
        *repository, tree,
        [&](const std::string& path, const backup::Node&) {
            if (path.starts_with(source + "/")) {
                seen.push_back(path.substr(source.size() + 1));
            }
            return path == at("b/skipped") ? backup::WalkStep::past : backup::WalkStep::into;
        },
        problems);
    BOOST_TEST(seen == (Texts{"a", "b", "b/file", "b/skipped", "c", "c/last"}), boost::test_tools::per_element());
    BOOST_TEST(problems.count == 0u);
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_lost_is_named_and_the_walk_goes_on) {
    const auto repository = open();
    backup::ProblemList problems;
    walk_snapshot(
        *repository, backup::id_of("absent"),
        [](const std::string&, const backup::Node&) { return backup::WalkStep::into; }, problems);
    BOOST_REQUIRE(problems.count == 1u);
    BOOST_TEST(problems.kept[0].path == "/");
}

BOOST_AUTO_TEST_CASE(a_diff_tells_what_came_went_and_changed) {
    make_folder("gone/deep");
    write("gone/deep/file", "12345");
    write("content", "old");
    write("mode", "x");
    write("same", "x");
    write("type", "x");
    const auto first = run().snapshot;
    BOOST_REQUIRE(files.remove(at("gone/deep/file")).has_value());
    BOOST_REQUIRE(rmdir(at("gone/deep").c_str()) == 0);
    BOOST_REQUIRE(rmdir(at("gone").c_str()) == 0);
    write("content", "newer");
    BOOST_REQUIRE(chmod(at("mode").c_str(), 0600) == 0);
    BOOST_REQUIRE(files.remove(at("type")).has_value());
    BOOST_REQUIRE(symlink("x", at("type").c_str()) == 0);
    make_folder("new");
    write("new/file", "1234567");
    const auto second = run().snapshot;
    backup::DiffReport report;
    BOOST_TEST(differences(first, second, report) == (Texts{"M content", "- gone", "- gone/deep", "- gone/deep/file",
                                                            "U mode", "+ new", "+ new/file", "T type"}),
               boost::test_tools::per_element());
    BOOST_TEST(report.added == 2u);
    BOOST_TEST(report.removed == 3u);
    BOOST_TEST(report.changed == 2u);
    BOOST_TEST(report.added_bytes == 12u);   // 7 of the new file, 5 of the changed one
    BOOST_TEST(report.removed_bytes == 8u);  // 5 of the gone file, 3 of the changed one
    BOOST_TEST(report.problems.count == 0u);
    BOOST_TEST(differences(second, second, report).empty());
}

BOOST_AUTO_TEST_CASE(stats_count_what_restoring_writes_and_each_blob_once) {
    write("a", noise(20000, 1));
    write("b", noise(20000, 1));
    const auto first = snapshot(run().snapshot);
    write("c", noise(10000, 2));
    const auto second = snapshot(run().snapshot);
    const auto repository = open_with_index();
    const auto report = measure_snapshots(*repository, {first, second}, clock, {}).value();
    BOOST_TEST(report.snapshots == 2u);
    BOOST_TEST(report.files == 5u);
    BOOST_TEST(report.restore_bytes == 90000u);  // 40000 and 50000
    BOOST_TEST(report.blob_bytes >= 30000u);     // the files, and trees
    BOOST_TEST(report.blob_bytes < 50000u);
    BOOST_TEST(report.packs == storage.count(backup::FileKind::pack));
    BOOST_TEST(report.pack_bytes >= report.stored_bytes);
    BOOST_TEST(report.problems.count == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
