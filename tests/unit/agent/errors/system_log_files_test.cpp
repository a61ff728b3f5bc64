// Files of the file system, and what is not followed.
#include "agent/errors/system_log_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "shared/os/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent::errors {
namespace {

struct World {
    tests::TempFolder folder;
    SystemLogFiles logs;
    void write(std::string_view name, std::string_view text) {
        BOOST_REQUIRE(SystemFiles().write_atomically(folder / name, text, 0600));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(system_log_files, World)

BOOST_AUTO_TEST_CASE(a_file_is_read_by_offset) {
    write("a.log", "0123456789");
    const auto file = logs.open(folder / "a.log");
    BOOST_REQUIRE(file);
    BOOST_TEST((*file)->size().value() == 10u);
    BOOST_TEST((*file)->read(3, 4).value() == "3456");
    BOOST_TEST((*file)->read(8, 100).value() == "89");
    BOOST_TEST((*file)->read(10, 100).value() == "");
    BOOST_TEST(((*file)->id() == logs.id_of(folder / "a.log")));
}

BOOST_AUTO_TEST_CASE(names_are_found_by_pattern) {
    for (const auto* name : {"a.log", "b.log", "c.txt"}) {
        write(name, "");
    }
    const std::vector<std::string> both{folder / "a.log", folder / "b.log"};
    BOOST_TEST(logs.find(folder / "*.log", 10) == both, boost::test_tools::per_element());
    BOOST_TEST(logs.find(folder / "*.log", 1).size() == 1u);
    BOOST_TEST(logs.find(folder / "*.none", 10).empty());
}

BOOST_AUTO_TEST_CASE(a_renamed_file_is_found_by_what_it_is) {
    write("a.log", "x");
    const auto id = *logs.id_of(folder / "a.log");
    BOOST_REQUIRE(rename((folder / "a.log").c_str(), (folder / "a.log.1").c_str()) == 0);
    BOOST_TEST((logs.find_renamed(folder / "a.log", id) == folder / "a.log.1"));
    BOOST_TEST(!logs.find_renamed(folder / "a.log", FileId{id.device, id.inode + 1'000'000}));
    BOOST_TEST(!logs.id_of(folder / "a.log"));
}

BOOST_AUTO_TEST_CASE(links_pipes_and_folders_are_not_followed) {
    write("secret", "x");
    BOOST_REQUIRE(symlink((folder / "secret").c_str(), (folder / "link.log").c_str()) == 0);
    BOOST_REQUIRE(mkfifo((folder / "pipe.log").c_str(), 0600) == 0);
    BOOST_REQUIRE(mkdir((folder / "folder.log").c_str(), 0700) == 0);
    for (const auto* name : {"link.log", "pipe.log", "folder.log"}) {
        const auto opened = logs.open(folder / name);
        BOOST_REQUIRE(!opened);
        BOOST_TEST((opened.error().code == ErrorCode::unsupported), name);
    }
    BOOST_TEST((logs.open(folder / "absent.log").error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
