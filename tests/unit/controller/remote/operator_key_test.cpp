#include "controller/remote/operator_key.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct KeyFolder {
    tests::TempFolder folder;
    SystemFiles files;
    const std::string path = folder / "my.key";
    const std::string controller_key = protocol::make_key_pair().public_key;
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(operator_key, KeyFolder)

BOOST_AUTO_TEST_CASE(a_made_key_is_private_and_reads_back) {
    const auto made = make_operator_key(path, controller_key).value();
    struct stat found {};
    BOOST_REQUIRE(stat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 07777) == 0600u);
    const auto key = load_operator_key(path).value();
    BOOST_TEST(key.keys.public_key == made);
    BOOST_TEST(key.controller_key == controller_key);
}

BOOST_AUTO_TEST_CASE(the_controllers_key_may_be_told_later) {
    BOOST_REQUIRE(make_operator_key(path, "").has_value());
    BOOST_TEST(load_operator_key(path).value().controller_key == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_is_never_replaced) {
    BOOST_REQUIRE(make_operator_key(path, "").has_value());
    BOOST_TEST((make_operator_key(path, "").error().code == ErrorCode::exists));
}

BOOST_AUTO_TEST_CASE(a_controller_key_that_is_none_is_refused) {
    BOOST_TEST((make_operator_key(path, "short").error().code == ErrorCode::malformed));
    BOOST_TEST(!files.is_present(path));
    BOOST_REQUIRE(make_operator_key(path, "").has_value());
    const auto text = files.read(path, 4_KiB).value() + "controller short\n";
    BOOST_REQUIRE(files.write_atomically(path, text, 0600).has_value());
    BOOST_TEST((load_operator_key(path).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()
