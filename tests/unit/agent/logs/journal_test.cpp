#include "agent/logs/journal.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent::logs;

BOOST_AUTO_TEST_SUITE(journal)

// What a run before an upgrade has left.
BOOST_AUTO_TEST_CASE(reads_version_1_with_archives_beside_their_logs) {
    const auto found = parse_journal(
        "vigie-rotation-journal 1\nunit \"p:1\" 1000 0\nlog \"/l/a\" \"/l\" \"a\" 1 2 3 4 5\n"
        "step 2 0 \"a\" \"a.1\" 4 0 0 0 \"\" \"\" \"\"\nplanned\ndone 0\n");
    BOOST_REQUIRE_MESSAGE(found.has_value(), found.error().message);
    const auto& log = found->unit.logs.at(0);
    BOOST_TEST((log.archive_folder == "/l" && log.archive_device == 1u && log.archive_inode == 2u));
}

BOOST_AUTO_TEST_CASE(reads_back_tools_and_the_folder_of_archives) {
    Unit unit;
    unit.place = "p:1";
    unit.tools = {Codec::external, 6, "/usr/bin/xz", "-9 -T1", "/usr/bin/mail", "ops", true, 3, true, 65534, 65533};
    unit.logs.push_back({"/l/a", "/l", "a", 1, 2, 3, 4, 5, "/old", 6, 7});
    const auto found = parse_journal(write_plan(unit));
    BOOST_REQUIRE_MESSAGE(found.has_value(), found.error().message);
    BOOST_TEST(write_plan(found->unit) == write_plan(unit));
    BOOST_TEST(found->unit.tools.gid == 65533u);
    BOOST_TEST(found->unit.logs.at(0).archive_inode == 7u);
}

// A full disk or a power cut tears a line; the run that takes over must leave a journal that still reads back.
BOOST_AUTO_TEST_CASE(goes_on_behind_a_torn_line) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto path = folder / "journal";
    Unit unit;
    unit.place = "policy:1";
    unit.logs.push_back({.path = "/l/a", .folder = "/l", .name = "a", .archive_folder = "/l"});
    unit.steps.resize(3);
    for (const auto& torn : {std::string("d"), std::string("done 2"), std::string(3, '\0')}) {
        BOOST_TEST_CONTEXT("torn: " << torn) {
            BOOST_REQUIRE(Journal::begin(files, path, unit)->mark(0, Progress::done).has_value());
            std::ofstream(path, std::ios::app) << torn;
            BOOST_REQUIRE(Journal::reopen(files, path)->mark(1, Progress::failed).has_value());
            const auto found = Journal::load(files, path);
            BOOST_REQUIRE_MESSAGE(found, found.error().message);
            BOOST_TEST(((*found)->progress == std::vector{Progress::done, Progress::failed, Progress::open}));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
