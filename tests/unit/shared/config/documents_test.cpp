// Which files make up a configuration, and what is said when there are none.
#include "shared/config/documents.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(a_folder_is_read_in_the_order_of_names_and_only_its_yaml) {
    const tests::TempFolder folder;
    SystemFiles files;
    for (const auto* name : {"20-b.yaml", "10-a.yaml", "notes.txt", "30-c.yaml.dpkg-old"}) {
        BOOST_REQUIRE(files.write_atomically(folder / name, "key: value\n", 0600));
    }
    const auto found = config::load_documents(files, folder.path());
    BOOST_REQUIRE(found);
    BOOST_REQUIRE(found->size() == 2u);
    BOOST_TEST((*found)[0].file == folder / "10-a.yaml");
    BOOST_TEST((*found)[1].file == folder / "20-b.yaml");
}

BOOST_AUTO_TEST_CASE(a_file_that_would_be_passed_over_for_its_ending_is_refused) {
    const tests::TempFolder folder;
    SystemFiles files;
    BOOST_REQUIRE(files.write_atomically(folder / "10-a.yaml", "key: value\n", 0600));
    BOOST_REQUIRE(files.write_atomically(folder / "20-b.yml", "key: value\n", 0600));
    const auto found = config::load_documents(files, folder.path());
    BOOST_REQUIRE(!found);
    BOOST_TEST(found.error().message == folder / "20-b.yml" + ": only *.yaml files of a folder are read: rename it");
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_there_and_a_folder_without_files_are_named) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto absent = config::load_documents(files, folder / "absent");
    BOOST_REQUIRE(!absent);
    BOOST_TEST(absent.error().message.find(folder / "absent: there is no configuration") != std::string::npos);
    const auto empty = config::load_documents(files, folder.path());
    BOOST_REQUIRE(!empty);
    BOOST_TEST(empty.error().message.find("no *.yaml file") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
