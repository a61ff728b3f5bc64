#include "agent/link/identity_keys.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;
using protocol::KeyChange;
using protocol::KeyStep;

namespace {
struct Host {
    tests::TempFolder folder;
    SystemFiles files;
    std::string controller_key = protocol::make_key_pair().public_key;
    std::string next_controller_key = protocol::make_key_pair().public_key;

    Host() {
        BOOST_REQUIRE(
            protocol::save_key_pair(files, host_key_path(folder.path()), protocol::make_key_pair()).has_value());
        BOOST_REQUIRE(save_identity(files, folder.path(),
                                    {.agent = AgentId{"web-1"},
                                     .endpoint = "tcp://127.0.0.1:7411",
                                     .controller_key = controller_key,
                                     .keys = {}})
                          .has_value());
    }
    IdentityKeys open() {
        return IdentityKeys::open(files, folder.path(), read_identity(files, folder.path()).value()).value();
    }
};

KeyChange change_in(const LinkKeys::Answer& answer) {
    BOOST_REQUIRE(answer.say.size() == 1u);
    return std::get<KeyChange>(answer.say[0]);
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(identity_keys, Host)

BOOST_AUTO_TEST_CASE(a_key_is_made_offered_again_adopted_and_used) {
    auto keys = open();
    BOOST_TEST(keys.on_established().say.empty());
    const auto made = change_in(keys.on_told(KeyChange{KeyStep::make, "", ""}));
    BOOST_TEST((made.step == KeyStep::made));
    keys = open();  // a crash
    BOOST_TEST((change_in(keys.on_established()) == made));
    const auto answer = keys.on_told(KeyChange{KeyStep::accepted, made.public_key, ""});
    BOOST_TEST(answer.say.empty());
    BOOST_TEST(answer.reconnect_because == "this host's key was replaced");
    BOOST_TEST(keys.own().public_key == made.public_key);
    BOOST_TEST(keys.on_established().say.empty());
    BOOST_TEST(keys.on_told(KeyChange{KeyStep::accepted, made.public_key, ""}).reconnect_because == "");
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_forgotten) {
    auto keys = open();
    const auto own = keys.own().public_key;
    const auto made = change_in(keys.on_told(KeyChange{KeyStep::make, "", ""}));
    BOOST_TEST(keys.on_told(KeyChange{KeyStep::refused, made.public_key, "no"}).say.empty());
    BOOST_TEST(keys.on_established().say.empty());
    BOOST_TEST(keys.own().public_key == own);
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_written_is_said_to_be_refused) {
    auto keys = open();
    std::filesystem::create_directory(folder / "agent.key.next");
    const auto said = change_in(keys.on_told(KeyChange{KeyStep::make, "", ""}));
    BOOST_TEST((said.step == KeyStep::refused));
    BOOST_TEST(said.message.find("agent.key.next") != std::string::npos, said.message);
}

BOOST_AUTO_TEST_CASE(what_is_kept_of_the_controllers_keys_is_said) {
    auto keys = open();
    const auto answer = keys.on_told(protocol::ControllerKey{controller_key, next_controller_key});
    BOOST_REQUIRE(answer.say.size() == 1u);
    BOOST_TEST((std::get<protocol::ControllerKey>(answer.say[0]) ==
                protocol::ControllerKey{controller_key, next_controller_key}));
    keys.on_not_shaken();
    BOOST_TEST(keys.controller() == next_controller_key);
    static_cast<void>(keys.on_established());
    BOOST_TEST(open().controller() == next_controller_key);
}

BOOST_AUTO_TEST_CASE(trust_by_hand_counts_once_it_is_read_again) {
    auto keys = open();
    BOOST_REQUIRE(trust_controller(files, folder.path(), next_controller_key).has_value());
    BOOST_TEST(keys.controller() == controller_key);
    keys.reload_pinned(read_identity(files, folder.path()).value());
    BOOST_TEST(keys.controller() == next_controller_key);
}

BOOST_AUTO_TEST_SUITE_END()
