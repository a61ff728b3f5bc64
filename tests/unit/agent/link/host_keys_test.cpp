#include "agent/link/host_keys.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
// Files whose nth change from now on fails, as a process that is killed there would leave them.
class DyingFiles final : public Files {
  public:
    int left = -1;  // changes that still work; negative: all

    Result<std::string> read(const std::string& path, Bytes max) override { return system_.read(path, max); }
    Result<void> write_atomically(const std::string& path, std::string_view content, unsigned mode) override {
        return dies() ? died() : system_.write_atomically(path, content, mode);
    }
    Result<void> make_directories(const std::string& path, unsigned mode) override {
        return system_.make_directories(path, mode);
    }
    Result<std::vector<std::string>> list(const std::string& path) override { return system_.list(path); }
    Result<void> remove(const std::string& path) override { return dies() ? died() : system_.remove(path); }
    bool is_present(const std::string& path) override { return system_.is_present(path); }

  private:
    bool dies() { return left >= 0 && left-- <= 0; }
    Result<void> died() {
        left = 0;
        return fail(ErrorCode::io, "killed");
    }
    SystemFiles system_;
};

struct Host {
    tests::TempFolder folder;
    DyingFiles files;

    Host() {
        const auto pair = protocol::make_key_pair();
        BOOST_REQUIRE(protocol::save_key_pair(files, host_key_path(folder.path()), pair).has_value());
    }
    HostKeys open() { return HostKeys::open(files, folder.path()).value(); }
    bool has(const std::string& name) { return files.is_present(folder / name); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_keys_on_disk, Host)

BOOST_AUTO_TEST_CASE(a_next_key_is_private_and_the_same_until_it_is_adopted) {
    auto keys = open();
    const auto own = keys.offered().public_key;
    const auto made = keys.make_next().value();
    BOOST_TEST(made != own);
    BOOST_TEST(keys.make_next().value() == made);
    BOOST_TEST(open().make_next().value() == made);
    BOOST_TEST(keys.offered().public_key == own);
    const auto mode = std::filesystem::status(folder / "agent.key.next").permissions();
    BOOST_TEST((mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(an_accepted_key_is_offered_and_the_one_before_kept_until_it_has_worked) {
    auto keys = open();
    const auto own = keys.offered().public_key;
    const auto made = keys.make_next().value();
    BOOST_TEST(!keys.adopt("another").value());
    BOOST_TEST(keys.offered().public_key == own);
    BOOST_TEST(keys.adopt(made).value());
    BOOST_TEST(keys.offered().public_key == made);
    BOOST_TEST(has("agent.key.old"));
    BOOST_TEST(!has("agent.key.next"));
    BOOST_REQUIRE(keys.settle().has_value());
    BOOST_TEST(!has("agent.key.old"));
    BOOST_TEST(open().offered().public_key == made);
    BOOST_TEST(!keys.adopt(made).value());  // told again
}

BOOST_AUTO_TEST_CASE(a_controller_that_was_set_back_is_met_with_the_key_before) {
    auto keys = open();
    const auto own = keys.offered().public_key;
    const auto made = keys.make_next().value();
    BOOST_TEST(keys.adopt(made).value());
    BOOST_TEST(keys.on_refused());
    BOOST_TEST(keys.offered().public_key == own);
    BOOST_TEST(!keys.on_refused());  // both were refused: a long pause
    BOOST_TEST(keys.offered().public_key == made);
    BOOST_TEST(keys.on_refused());
    BOOST_REQUIRE(keys.settle().has_value());
    BOOST_TEST(keys.offered().public_key == own);
    BOOST_TEST(!keys.on_refused());
    BOOST_TEST(open().offered().public_key == own);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_refused_is_dropped) {
    auto keys = open();
    const auto made = keys.make_next().value();
    keys.drop_next("another");
    BOOST_TEST(has("agent.key.next"));
    keys.drop_next(made);
    BOOST_TEST(!has("agent.key.next"));
    BOOST_TEST(keys.make_next().value() != made);
}

// The controller lets in the old key and, from `adopt` on, the new one.
BOOST_AUTO_TEST_CASE(whichever_change_is_the_last_before_a_crash_one_key_works) {
    for (int survivors = 0; survivors < 5; ++survivors) {
        Host host;
        const auto own = host.open().offered().public_key;
        std::string made;
        {
            auto keys = host.open();
            host.files.left = survivors;
            const auto next = keys.make_next();
            made = next.value_or("");
            if (next) {
                static_cast<void>(keys.adopt(made));
                static_cast<void>(keys.settle());
            }
            host.files.left = -1;
        }
        auto keys = host.open();
        const auto& offered = keys.offered().public_key;
        BOOST_TEST((offered == own || offered == made), "after " << survivors << " changes");
        BOOST_TEST((!keys.next() || keys.next()->public_key == made), "after " << survivors << " changes");
        // What began goes on to its end.
        made = keys.next() ? keys.next()->public_key : offered == own ? keys.make_next().value() : offered;
        static_cast<void>(keys.adopt(made));
        BOOST_REQUIRE(keys.settle().has_value());
        BOOST_TEST(host.open().offered().public_key == made);
        BOOST_TEST(!host.has("agent.key.next"));
        BOOST_TEST(!host.has("agent.key.old"));
    }
}

BOOST_AUTO_TEST_CASE(a_broken_file_beside_the_key_is_no_hindrance) {
    BOOST_REQUIRE(files.write_atomically(folder / "agent.key.old", "nonsense\n", 0600).has_value());
    auto keys = open();
    BOOST_TEST(!keys.on_refused());
}

BOOST_AUTO_TEST_SUITE_END()
