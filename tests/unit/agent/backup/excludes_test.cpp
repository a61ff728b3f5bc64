// What a run leaves out on purpose.
#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;

namespace {

struct ExcludeWorld : BackupWorld {
    backup::ArchiveRequest request;
    backup::RunReport report;

    Result<void> try_snap() {
        const auto repository = open();
        std::vector<std::string> notes;
        const auto lock = backup::RepositoryLock::take(*repository, clock, notes).value();
        request.paths = {source};
        request.host = "test";
        VIGIE_TRY(report, archive(*repository, *lock, clock, request, {}));
        return {};
    }
    // The names below the source that the snapshot has.
    std::vector<std::string> saved() {
        const auto done = try_snap();
        BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? std::string() : done.error().message));
        const auto target = folder / fmt::format("out-{}", targets_++);
        BOOST_REQUIRE(restore(report.snapshot, target).has_value());
        std::vector<std::string> names;
        list_below(target + source, "", names);
        return names;
    }

  private:
    void list_below(const std::string& place, const std::string& prefix, std::vector<std::string>& names) {
        const auto listed = files.list(place).value();
        for (const auto& name : listed) {
            names.push_back(prefix + name);
            if (S_ISDIR(stat_of(place + "/" + name).st_mode)) {
                list_below(place + "/" + name, prefix + name + "/", names);
            }
        }
    }
    int targets_ = 0;
};

using Texts = std::vector<std::string>;
constexpr std::string_view signature = "Signature: 8a477f597d28d172789f06886806bc55";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_excludes, ExcludeWorld)

BOOST_AUTO_TEST_CASE(what_a_pattern_matches_is_left_out_with_all_below) {
    make_folder("keep");
    make_folder("node_modules/x");
    write("node_modules/x/y", "1");
    write("keep/a.log", "1");
    write("keep/b.txt", "1");
    write("keep/important.log", "1");
    for (const auto* pattern : {"*.log", "!important.log", "node_modules"}) {
        BOOST_REQUIRE(request.excludes.patterns.add(pattern).has_value());
        request.exclude_texts.emplace_back(pattern);
    }
    BOOST_TEST(saved() == (Texts{"keep", "keep/b.txt", "keep/important.log"}), boost::test_tools::per_element());
    BOOST_TEST(report.excluded == 2u);
    BOOST_TEST(!report.is_partial());
    const auto json = open()->load_json(backup::FileKind::snapshot, report.snapshot).value();
    BOOST_TEST(backup::parse_snapshot(json, {})->excludes == request.exclude_texts, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rooted_pattern_leaves_out_one_place) {
    make_folder("a");
    make_folder("b");
    write("a/tmp", "1");
    write("b/tmp", "1");
    BOOST_REQUIRE(request.excludes.patterns.add(at("a/tmp")).has_value());
    BOOST_TEST(saved() == (Texts{"a", "b", "b/tmp"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_source_that_is_left_out_altogether_is_no_snapshot) {
    write("a", "1");
    BOOST_REQUIRE(request.excludes.patterns.add("source").has_value());
    const auto refused = try_snap();
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().message.find("leave out") != std::string::npos);
    BOOST_TEST(storage.count(backup::FileKind::snapshot) == 0u);
}

// https://bford.info/cachedir/: the signature counts, not the name alone.
BOOST_AUTO_TEST_CASE(of_a_cache_only_its_tag_is_saved) {
    make_folder("cache/sub");
    make_folder("claims");
    write("cache/CACHEDIR.TAG", std::string(signature) + "\n# made by a test\n");
    write("cache/big", "1");
    write("cache/sub/more", "1");
    write("claims/CACHEDIR.TAG", "no signature");
    write("claims/file", "1");
    request.excludes.caches = true;
    BOOST_TEST(saved() == (Texts{"cache", "cache/CACHEDIR.TAG", "claims", "claims/CACHEDIR.TAG", "claims/file"}),
               boost::test_tools::per_element());
    BOOST_TEST(report.excluded == 2u);
    request.excludes.caches = false;
    BOOST_TEST(saved().size() == 8u);
}

BOOST_AUTO_TEST_CASE(files_over_the_limit_are_left_out_and_one_of_its_size_is_not) {
    write("at", std::string(1000, 'x'));
    write("over", std::string(1001, 'x'));
    request.excludes.larger_than = Bytes{1000};
    BOOST_TEST(saved() == Texts{"at"}, boost::test_tools::per_element());
    BOOST_TEST(report.excluded == 1u);
}

// What stands on the source's own file system is saved; mounting another one takes root, so the judge does that.
BOOST_AUTO_TEST_CASE(one_file_system_leaves_the_source_s_own_alone) {
    make_folder("sub");
    write("sub/file", "1");
    request.excludes.other_file_systems = true;
    BOOST_TEST(saved() == (Texts{"sub", "sub/file"}), boost::test_tools::per_element());
    BOOST_TEST(report.excluded == 0u);
}

// /proc is mounted on /: saved empty.
BOOST_AUTO_TEST_CASE(a_folder_that_is_mounted_is_saved_empty, *boost::unit_test::precondition([](auto) {
                         return stat_of("/").st_dev != stat_of("/proc").st_dev;
                     })) {
    const auto repository = open();
    std::vector<std::string> notes;
    const auto lock = backup::RepositoryLock::take(*repository, clock, notes).value();
    request.paths = {"/"};
    request.excludes.other_file_systems = true;
    // Of / only /proc, so that the test does not read the whole disk.
    const auto listed = files.list("/").value();
    for (const auto& name : listed) {
        if (name != "proc") {
            BOOST_REQUIRE(request.excludes.patterns.add("/" + name).has_value());
        }
    }
    const auto done = archive(*repository, *lock, clock, request, {}).value();
    BOOST_TEST(done.files_new == 0u);
    BOOST_TEST(done.folders == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
