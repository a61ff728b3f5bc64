#include "protocol/transport/key_file.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::protocol;

namespace {
struct KeyFolder {
    tests::TempFolder folder;
    SystemFiles files;
    const std::string path = folder / "a.key";
    const KeyFile file{.keys = make_key_pair(), .controller_key = make_key_pair().public_key};
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_file, KeyFolder)

BOOST_AUTO_TEST_CASE(what_was_created_reads_back_as_a_file_and_as_a_pair) {
    BOOST_REQUIRE(create_key_file(path, file).has_value());
    const auto loaded = load_key_file(path).value();
    BOOST_TEST(loaded.keys.public_key == file.keys.public_key);
    BOOST_TEST((loaded.keys.secret_key.reveal() == file.keys.secret_key.reveal()));
    BOOST_TEST(loaded.controller_key == file.controller_key);
    BOOST_TEST(load_key_pair(path).value().public_key == file.keys.public_key);
}

BOOST_AUTO_TEST_CASE(nothing_that_is_there_is_replaced_nor_followed) {
    BOOST_REQUIRE(files.write_atomically(path, "mine", 0644).has_value());
    BOOST_TEST((create_key_file(path, file).error().code == ErrorCode::exists));
    BOOST_TEST(files.read(path, 4_KiB).value() == "mine");
    // Whoever laid a link that leads to nothing yet would have the key.
    const auto link = folder / "link.key";
    BOOST_REQUIRE(symlink((folder / "elsewhere").c_str(), link.c_str()) == 0);
    BOOST_TEST((create_key_file(link, file).error().code == ErrorCode::exists));
    BOOST_TEST(!files.is_present(folder / "elsewhere"));
}

BOOST_AUTO_TEST_SUITE_END()
