#include "shared/os/path_lock.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

BOOST_AUTO_TEST_SUITE(path_lock)

BOOST_AUTO_TEST_CASE(one_at_a_time_has_a_path) {
    const tests::TempFolder folder;
    auto first = lock_beside(folder / "socket");
    BOOST_REQUIRE(first);
    const auto second = lock_beside(folder / "socket");
    BOOST_REQUIRE(!second);
    BOOST_TEST((second.error().code == ErrorCode::conflict));
    first->reset();
    BOOST_TEST(lock_beside(folder / "socket").has_value());
    BOOST_TEST((lock_beside(folder / "none/socket").error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
