#include "controller/app/own_key.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "controller/store/memory_store.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::controller {
namespace {

// Files one of whose changes fails.
class FailingFiles final : public Files {
  public:
    int fails_at = -1;                  // the change of this number from now on; negative: none
    bool is_done_all_the_same = false;  // as when only the sync behind a rename fails

    Result<std::string> read(const std::string& path, Bytes max) override { return system_.read(path, max); }
    Result<void> write_atomically(const std::string& path, std::string_view content, unsigned mode) override {
        return change([&] { return system_.write_atomically(path, content, mode); });
    }
    Result<void> make_directories(const std::string& path, unsigned mode) override {
        return system_.make_directories(path, mode);
    }
    Result<std::vector<std::string>> list(const std::string& path) override { return system_.list(path); }
    Result<void> remove(const std::string& path) override {
        return change([&] { return system_.remove(path); });
    }
    bool is_present(const std::string& path) override { return system_.is_present(path); }

  private:
    template <typename F>
    Result<void> change(F&& what) {
        if (fails_at < 0 || fails_at-- > 0) {
            return what();
        }
        if (is_done_all_the_same) {
            BOOST_REQUIRE(what().has_value());
        }
        return fail(ErrorCode::io, "injected");
    }
    SystemFiles system_;
};

struct State {
    tests::TempFolder folder;
    FailingFiles files;
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

// Else the process would serve another key than the one that its next start reads, and the rotation after that lock all
// hosts out.
BOOST_AUTO_TEST_CASE(a_switch_that_fails_anywhere_says_what_is_on_disk) {
    static_cast<void>(load().value());
    for (const bool is_done : {false, true}) {
        for (int failing = 0; failing < 4; ++failing) {
            const auto own = load().value().public_key;
            const auto next = make_next_own_key(files, folder.path()).value();
            files.fails_at = failing;  // .old is written, controller.key is, .next is removed
            files.is_done_all_the_same = is_done;
            const auto switched = switch_own_key(files, folder.path());
            files.fails_at = -1;
            BOOST_TEST(load().value().public_key == (switched ? next : own), failing << is_done);
            BOOST_TEST(switched.has_value() == (failing >= 2 || (failing == 1 && is_done)));
            if (!switched) {
                BOOST_TEST(next_own_key(files, folder.path()).value() == next);  // it can be asked for again
            } else {
                BOOST_TEST(next_own_key(files, folder.path()).value() == "");
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
