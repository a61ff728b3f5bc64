#include "shared/os/files.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

BOOST_AUTO_TEST_SUITE(system_files)

BOOST_AUTO_TEST_CASE(write_atomically_replaces_content_and_sets_the_mode) {
    const tests::TempFolder folder;
    SystemFiles files;
    BOOST_REQUIRE(files.write_atomically(folder / "key", "one", 0600).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "key", "two", 0640).has_value());
    BOOST_TEST(files.read(folder / "key", 1_KiB).value() == "two");
    struct stat entry {};
    BOOST_REQUIRE(stat((folder / "key").c_str(), &entry) == 0);
    BOOST_TEST((entry.st_mode & 07777) == 0640u);
    BOOST_TEST(files.list(folder.path()).value() == std::vector<std::string>{"key"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(errors_name_the_path) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto absent = files.read(folder / "absent", 1_KiB);
    BOOST_REQUIRE(!absent.has_value());
    BOOST_TEST((absent.error().code == ErrorCode::not_found));
    BOOST_TEST(absent.error().message.find("/absent") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(read_refuses_more_than_the_limit) {
    const tests::TempFolder folder;
    SystemFiles files;
    BOOST_REQUIRE(files.write_atomically(folder / "big", std::string(2000, 'x'), 0600).has_value());
    BOOST_TEST((files.read(folder / "big", 1_KiB).error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_SUITE_END()
