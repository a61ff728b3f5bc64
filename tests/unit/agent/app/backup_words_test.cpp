#include "agent/app/backup_words.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {

using Words = std::vector<std::string>;

struct StateFolder {
    tests::TempFolder folder;
    SystemFiles files;

    void enrol(const std::string& name) {
        BOOST_REQUIRE(files.make_directories(folder / "identity", 0700).has_value());
        BOOST_REQUIRE(
            files.write_atomically(folder / "identity/identity.yaml", "agent: '" + name + "'\n", 0600).has_value());
    }
    BackupWords named(Words words) { return name_host(files, std::move(words), folder.path()).value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_words, StateFolder)

BOOST_AUTO_TEST_CASE(a_snapshot_by_hand_carries_the_enrolled_name) {
    enrol("web-1");
    BOOST_TEST(named({"backup", "run", "--repo", "/r", "/etc"}).words ==
                   (Words{"backup", "--host", "web-1", "run", "--repo", "/r", "/etc"}),
               boost::test_tools::per_element());
    // The verb may stand behind options; a word that looks like one and is none changes nothing.
    BOOST_TEST(named({"backup", "--repo", "/r", "run", "/etc"}).words[2] == "web-1");
    BOOST_TEST(named({"backup", "restore", "latest", "run"}).words == (Words{"backup", "restore", "latest", "run"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_given_stands) {
    enrol("web-1");
    for (const Words& words : {Words{"backup", "run", "--host", "other", "/etc"}, {"backup", "run", "--host=other"}}) {
        BOOST_TEST(named(words).words == words, boost::test_tools::per_element());
    }
    // Behind -- it is a path.
    BOOST_TEST(named({"backup", "run", "--", "--host"}).words[1] == "--host");
}

BOOST_AUTO_TEST_CASE(without_an_identity_the_system_s_name_stands_and_only_a_folder_that_was_named_is_worth_a_note) {
    const auto silent = named({"backup", "run", "/etc"});
    BOOST_TEST(silent.words == (Words{"backup", "run", "/etc"}), boost::test_tools::per_element());
    BOOST_TEST(silent.note == "");
    const auto told = named({"backup", "run", "--state-dir", folder / "elsewhere", "/etc"});
    BOOST_TEST(told.words == (Words{"backup", "run", "/etc"}), boost::test_tools::per_element());
    BOOST_TEST(told.note.find(folder / "elsewhere") != std::string::npos, told.note);
}

BOOST_AUTO_TEST_CASE(the_state_folder_may_be_named_in_either_way) {
    enrol("db-1");
    for (const Words& option : {Words{"--state-dir", folder.path()}, {"--state-dir=" + folder.path()}}) {
        Words words{"backup", "run"};
        words.insert(words.end(), option.begin(), option.end());
        BOOST_TEST(name_host(files, words, "/nonexistent")->words == (Words{"backup", "--host", "db-1", "run"}),
                   boost::test_tools::per_element());
    }
    BOOST_TEST(!name_host(files, {"backup", "run", "--state-dir"}, "/nonexistent").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
