#include "agent/logs/journal.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent::logs;

BOOST_AUTO_TEST_SUITE(journal)

// A full disk or a power cut tears a line; the run that takes over must leave a journal that still reads back.
BOOST_AUTO_TEST_CASE(goes_on_behind_a_torn_line) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto path = folder / "journal";
    Unit unit;
    unit.place = "policy:1";
    unit.logs.push_back({.path = "/l/a", .folder = "/l", .name = "a"});
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
