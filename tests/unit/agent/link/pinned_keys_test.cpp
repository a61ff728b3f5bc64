#include "agent/link/pinned_keys.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "agent/link/host_keys.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
struct Trusting {
    tests::TempFolder folder;
    SystemFiles files;
    std::string first = protocol::make_key_pair().public_key;
    std::string second = protocol::make_key_pair().public_key;
    std::string third = protocol::make_key_pair().public_key;

    Trusting() {
        BOOST_REQUIRE(
            save_identity(
                files, folder.path(),
                {.agent = AgentId{"web-1"}, .endpoint = "tcp://127.0.0.1:7411", .controller_key = first, .keys = {}})
                .has_value());
    }
    PinnedKeys open() { return PinnedKeys::open(files, folder.path(), read_identity(files, folder.path()).value()); }
    bool has_next() { return files.is_present(folder / "controller.next"); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(pinned_keys, Trusting)

BOOST_AUTO_TEST_CASE(a_next_key_is_kept_and_tried_when_the_current_one_fails) {
    auto keys = open();
    keys.on_not_shaken();
    BOOST_TEST(keys.offered() == first);  // there is no other
    BOOST_REQUIRE(keys.told(first, second).has_value());
    BOOST_TEST(open().next() == second);
    keys.on_not_shaken();
    BOOST_TEST(keys.offered() == second);
    keys.on_not_shaken();
    BOOST_TEST(keys.offered() == first);
    keys.on_not_shaken();
    BOOST_REQUIRE(keys.settle().has_value());
    BOOST_TEST(keys.current() == second);
    BOOST_TEST(keys.next() == "");
    BOOST_TEST(open().offered() == second);
    BOOST_TEST(!has_next());
}

BOOST_AUTO_TEST_CASE(a_session_with_the_current_key_changes_nothing) {
    auto keys = open();
    BOOST_REQUIRE(keys.told(first, second).has_value());
    BOOST_REQUIRE(keys.settle().has_value());
    BOOST_TEST(keys.current() == first);
    BOOST_TEST(keys.next() == second);
}

BOOST_AUTO_TEST_CASE(a_next_key_may_be_taken_back_or_replaced) {
    auto keys = open();
    BOOST_REQUIRE(keys.told(first, second).has_value());
    BOOST_REQUIRE(keys.told(first, third).has_value());
    BOOST_TEST(open().next() == third);
    BOOST_REQUIRE(keys.told(first, "").has_value());
    BOOST_TEST(open().next() == "");
    BOOST_TEST(!has_next());
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_or_is_of_another_key_is_passed_over) {
    auto keys = open();
    BOOST_REQUIRE(keys.told(second, third).has_value());  // the connection was not made with that one
    BOOST_REQUIRE(keys.told(first, "no key").has_value());
    BOOST_REQUIRE(keys.told(first, first).has_value());
    BOOST_TEST(keys.next() == "");
    BOOST_TEST(!has_next());
}

// The file is written before the other is removed.
BOOST_AUTO_TEST_CASE(a_next_key_that_is_the_current_one_is_what_a_crash_left) {
    BOOST_REQUIRE(files.write_atomically(folder / "controller.next", first + "\n", 0600).has_value());
    BOOST_TEST(open().next() == "");
    BOOST_REQUIRE(files.write_atomically(folder / "controller.next", "nonsense", 0600).has_value());
    BOOST_TEST(open().next() == "");
}

BOOST_AUTO_TEST_CASE(trust_by_hand_replaces_both) {
    auto keys = open();
    BOOST_REQUIRE(keys.told(first, second).has_value());
    BOOST_TEST((trust_controller(files, folder.path(), "no key").error().code == ErrorCode::malformed));
    BOOST_TEST(open().current() == first);
    BOOST_REQUIRE(trust_controller(files, folder.path(), third).has_value());
    BOOST_TEST(open().current() == third);
    BOOST_TEST(open().next() == "");
    BOOST_TEST(read_identity(files, folder.path())->agent.value == "web-1");
    BOOST_TEST((trust_controller(files, folder / "absent", third).error().code == ErrorCode::not_found));
}

// By root, for the agent's user.
BOOST_AUTO_TEST_CASE(trust_by_hand_keeps_the_files_owner,
                     *boost::unit_test::precondition([](auto) { return geteuid() == 0; })) {
    const auto path = identity_path(folder.path());
    BOOST_REQUIRE(chown(path.c_str(), 4711, 4712) == 0);
    BOOST_REQUIRE(trust_controller(files, folder.path(), third).has_value());
    struct stat owner {};
    BOOST_REQUIRE(stat(path.c_str(), &owner) == 0);
    BOOST_TEST(owner.st_uid == 4711u);
    BOOST_TEST(owner.st_gid == 4712u);
}

BOOST_AUTO_TEST_CASE(fields_of_a_later_version_are_passed_over) {
    const auto path = identity_path(folder.path());
    const auto text = files.read(path, 4_KiB).value();
    BOOST_REQUIRE(files.write_atomically(path, text + "later: [1, 2]\n", 0600).has_value());
    BOOST_TEST(open().current() == first);
    BOOST_REQUIRE(files.write_atomically(path, "agent: 'web-1'\n", 0600).has_value());
    BOOST_TEST(read_identity(files, folder.path()).error().message == path + ": 'endpoint' is missing");
}

BOOST_AUTO_TEST_SUITE_END()
