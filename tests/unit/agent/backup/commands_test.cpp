// The commands on a repository in a folder, as the command line calls them.
#include "agent/backup/commands.hpp"

#include "agent/backup/commands_inspect.hpp"
#include "agent/backup/commands_keys.hpp"
#include "agent/backup/commands_retention.hpp"
#include "agent/backup/local_storage.hpp"
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;
using Texts = std::vector<std::string>;

namespace {

struct CommandWorld : BackupWorld {
    backup::Access access{folder / "repo", folder / "password"};

    // With a cheap key: init() makes one that takes a second to open under sanitizers.
    CommandWorld() {
        BOOST_REQUIRE(files.write_atomically(access.password_file, "secret\n", 0600).has_value());
        backup::LocalStorage local(access.repository, random);
        BOOST_REQUIRE(backup::Repository::create(local, random, "secret", {}, {16, 1, 1}).has_value());
    }
    backup::Id snap() { return backup::run({access, {source}, {}, "h"}, {}).value().snapshot; }
    Texts ls_of(const Texts& paths, uint64_t& problems) {
        Texts told;
        const auto report = backup::ls({access, "latest", paths, "", ""}, [&](const auto&, const std::string& path,
                                                                              const auto&) { told.push_back(path); });
        BOOST_REQUIRE_MESSAGE(report.has_value(), (report ? std::string() : report.error().message));
        problems = report->problems.count;
        return told;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_commands, CommandWorld)

BOOST_AUTO_TEST_CASE(ls_shows_what_lies_at_the_paths_and_names_what_is_not_there) {
    make_folder("sub");
    write("a", "1");
    write("sub/b", "2");
    snap();
    uint64_t problems = 0;
    BOOST_TEST(ls_of({at("sub")}, problems) == (Texts{at("sub"), at("sub/b")}), boost::test_tools::per_element());
    BOOST_TEST(problems == 0u);
    BOOST_TEST(ls_of({at("a"), "/absent"}, problems) == Texts{at("a")}, boost::test_tools::per_element());
    BOOST_TEST(problems == 1u);
    BOOST_TEST(ls_of({}, problems).size() >= 4u);  // and the folders above
    BOOST_TEST((backup::ls({access, "latest", {"/absent"}, "", ""}, {}).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(find_looks_into_each_snapshot) {
    write("one.conf", "1");
    const auto first = snap();
    write("two.conf", "2");
    const auto second = snap();
    std::vector<std::pair<backup::Id, std::string>> found;
    const auto report =
        backup::find({access, {"*.conf"}, "", ""}, [&](const backup::Snapshot& snapshot, const std::string& path,
                                                       const auto&) { found.emplace_back(snapshot.id, path); });
    BOOST_REQUIRE(report.has_value());
    const std::vector<std::pair<backup::Id, std::string>> expected{
        {first, at("one.conf")}, {second, at("one.conf")}, {second, at("two.conf")}};
    BOOST_TEST((found == expected));
    BOOST_TEST(!backup::find({access, {"["}, "", ""}, {}).has_value());
}

BOOST_AUTO_TEST_CASE(forget_with_prune_keeps_what_the_policy_says) {
    write("file", noise(30000, 1));
    snap();
    write("file", noise(30000, 2));
    const auto second = snap();
    backup::ForgetOptions options{.access = access, .request = {}, .is_dry_run = true, .prunes = true, .prune = {}};
    options.request.policy.last = 1;
    const auto foreseen = backup::forget(options, {}).value();
    BOOST_TEST(foreseen.removed == 1u);
    BOOST_REQUIRE(foreseen.prune.has_value());
    BOOST_TEST(foreseen.prune->snapshots == 1u);
    BOOST_TEST(backup::list({access, "", ""})->snapshots.size() == 2u);
    options.is_dry_run = false;
    const auto report = backup::forget(options, {}).value();
    BOOST_TEST(report.kept == 1u);
    BOOST_REQUIRE(report.prune.has_value());
    BOOST_TEST(report.prune->bytes_freed >= 30000u);
    const auto left = backup::list({access, "", ""}).value();
    BOOST_REQUIRE(left.snapshots.size() == 1u);
    BOOST_TEST((left.snapshots[0].snapshot.id == second));
    BOOST_TEST(backup::verify({access, backup::all_packs}, {})->is_sound());
    BOOST_TEST(files.list(access.repository + "/locks")->empty());
    BOOST_TEST(backup::unlock({access, false})->removed == 0u);
}

// Nobody knows what an unreadable snapshot needs: others are forgotten, their data stays, and both are told.
BOOST_AUTO_TEST_CASE(a_prune_that_is_refused_does_not_hide_what_was_forgotten) {
    write("file", noise(30000, 1));
    snap();
    write("file", noise(30000, 2));
    snap();
    BOOST_REQUIRE(
        files.write_atomically(access.repository + "/snapshots/" + std::string(64, 'a'), "junk", 0600).has_value());
    backup::ForgetOptions options{.access = access, .request = {}, .is_dry_run = false, .prunes = true, .prune = {}};
    options.request.policy.last = 1;
    const auto report = backup::forget(options, {}).value();
    BOOST_TEST(report.removed == 1u);
    BOOST_TEST(!report.prune.has_value());
    BOOST_REQUIRE(report.problems.size() == 2u);
    BOOST_TEST(report.problems[1].message.find("nothing was removed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_added_opens_and_one_that_is_removed_does_not) {
    const auto other = folder / "other";
    BOOST_REQUIRE(files.write_atomically(other, "other\n", 0600).has_value());
    const auto added = backup::keys({access, backup::KeyAction::add, "", other}).value();
    BOOST_TEST(added.keys.size() == 2u);
    BOOST_TEST(backup::list({{access.repository, other}, "", ""}).has_value());
    const auto removed = backup::keys({access, backup::KeyAction::remove, to_hex(added.changed), ""}).value();
    BOOST_TEST(removed.keys.size() == 1u);
    BOOST_TEST((backup::list({{access.repository, other}, "", ""}).error().code == ErrorCode::denied));
}

BOOST_AUTO_TEST_CASE(diff_and_stats_answer_for_named_snapshots) {
    write("file", "1");
    const auto first = to_hex(snap());
    write("more", "22");
    const auto second = to_hex(snap());
    Texts told;
    const auto report = backup::diff({access, first, second},
                                     [&](auto, const std::string& path, const auto&) { told.push_back(path); });
    BOOST_TEST(report->added == 1u);
    BOOST_TEST(std::count(told.begin(), told.end(), at("more")) == 1);
    BOOST_TEST(backup::stats({access, {first}, "", ""}, {})->restore_bytes == 1u);
    BOOST_TEST(backup::stats({access, {}, "h", ""}, {})->restore_bytes == 4u);
    BOOST_TEST((backup::stats({access, {}, "nobody", ""}, {}).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
