#include "controller/app/own_key.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "controller/store/memory_store.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::controller {
namespace {

struct State {
    tests::TempFolder folder;
    SystemFiles files;
    MemoryStore store;

    void enrol(const std::string& host) {
        StoreBatch batch;
        batch.put(Family::agents, host, "");
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    Result<protocol::KeyPair> load() { return load_or_make_keys(files, folder.path(), store); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(own_key, State)

BOOST_AUTO_TEST_CASE(is_made_once_and_kept) {
    const auto made = load().value();
    BOOST_TEST(load().value().public_key == made.public_key);
    enrol("web-1");
    BOOST_TEST(load().value().public_key == made.public_key);
    BOOST_TEST((make_own_key(files, folder.path()).error().code == ErrorCode::exists));
}

BOOST_AUTO_TEST_CASE(is_not_made_anew_while_hosts_trust_a_lost_one) {
    enrol("web-1");
    enrol("web-2");
    const auto refused = load();
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().message.find((folder / "controller.key") +
                                            " is gone, and 2 enrolled hosts trust that key") == 0u);
    BOOST_TEST(!files.is_present(folder / "controller.key"));
    const auto accepted = make_own_key(files, folder.path()).value();
    BOOST_TEST(load().value().public_key == accepted);
}

BOOST_AUTO_TEST_CASE(a_state_folder_that_moves_under_the_controller_is_noticed) {
    const auto state = folder / "state";
    BOOST_TEST(!StateFolder::open(files, state).has_value());
    BOOST_REQUIRE(files.make_directories(state + "/store", 0700).has_value());
    BOOST_REQUIRE(load_or_make_keys(files, state, store).has_value());
    const auto watched = StateFolder::open(files, state).value();
    BOOST_TEST(watched.problem() == "");
    std::filesystem::rename(state, folder / "moved");
    BOOST_TEST(watched.problem() == state + "/store was moved or removed under the running controller");
    std::filesystem::create_directories(state + "/store");
    BOOST_TEST(watched.problem() == state + "/store is another folder than the one the running controller has open");
    std::filesystem::remove_all(state);
    std::filesystem::rename(folder / "moved", state);
    BOOST_TEST(watched.problem() == "");
    std::filesystem::remove(state + "/controller.key");
    BOOST_TEST(watched.problem() == state + "/controller.key is gone");
}

BOOST_AUTO_TEST_CASE(a_next_key_is_private_and_the_same_until_the_switch) {
    const auto own = load().value().public_key;
    BOOST_TEST(next_own_key(files, folder.path()).value() == "");
    BOOST_TEST((switch_own_key(files, folder.path()).error().code == ErrorCode::conflict));
    const auto next = make_next_own_key(files, folder.path()).value();
    BOOST_TEST(make_next_own_key(files, folder.path()).value() == next);
    BOOST_TEST(next_own_key(files, folder.path()).value() == next);
    const auto mode = std::filesystem::status(folder / "controller.key.next").permissions();
    BOOST_TEST((mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    BOOST_TEST(load().value().public_key == own);
    BOOST_TEST(switch_own_key(files, folder.path()).value().public_key == next);
    BOOST_TEST(load().value().public_key == next);
    BOOST_TEST(next_own_key(files, folder.path()).value() == "");
    BOOST_TEST(protocol::load_key_pair(folder / "controller.key.old").value().public_key == own);
}

// The new pair is written before the next one is removed.
BOOST_AUTO_TEST_CASE(a_next_key_that_is_the_own_one_is_what_a_crash_left) {
    static_cast<void>(load().value());
    std::filesystem::copy(folder / "controller.key", folder / "controller.key.next");
    BOOST_TEST(next_own_key(files, folder.path()).value() == "");
    BOOST_TEST(!files.is_present(folder / "controller.key.next"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
