#include <boost/test/unit_test.hpp>

#include "controller/link/records.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct OwnKey : World {
    std::string own;

    OwnKey() {
        own = make_own_key(files, folder.path()).value();
        sources->public_key = own;
        admit("web-1", "");
        admit("web-2", "");
    }
    void admit(const std::string& host, const std::string& knows) {
        AgentRecord record{.agent = AgentId{host}, .public_key = std::string(40, 'k'), .enrolled_at = clock.wall()};
        record.controller_next = knows;
        StoreBatch batch;
        batch.put(Family::agents, host, encode(record));
        BOOST_REQUIRE(memory.commit(batch).has_value());
    }
    std::string on_disk() { return protocol::load_key_pair(own_key_path(folder.path())).value().public_key; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_own_key, OwnKey)

BOOST_AUTO_TEST_CASE(who_knows_the_next_key_is_shown) {
    BOOST_TEST(ask("controller.key.show").value()["next_public_key"].is_null());
    const auto made = ask("controller.key.rotate").value()["next_public_key"].get<std::string>();
    BOOST_TEST((effects == std::vector<std::string>{"next " + made}));
    admit("web-2", made);
    const auto shown = ask("controller.key.show").value();
    BOOST_TEST(shown["public_key"] == own);
    BOOST_TEST(shown["next_public_key"] == made);
    BOOST_TEST(shown["hosts_knowing_next"] == 1);
    BOOST_TEST((shown["hosts_missing_next"] == Json{"web-1"}));
    BOOST_TEST(ask("controller.key.rotate").value()["next_public_key"] == made);
}

BOOST_AUTO_TEST_CASE(a_switch_needs_a_next_key_that_all_hosts_know) {
    BOOST_TEST((ask("controller.key.switch").error().code == ErrorCode::conflict));
    const auto made = ask("controller.key.rotate").value()["next_public_key"].get<std::string>();
    admit("web-2", made);
    const auto error = ask("controller.key.switch").error();
    BOOST_TEST(error.message.find("1 host does not know") != std::string::npos, error.message);
    BOOST_TEST(error.message.find("web-1") != std::string::npos);
    BOOST_TEST(error.message.find("web-2") == std::string::npos);
    BOOST_TEST(on_disk() == own);
    admit("web-1", made);
    const auto done = ask("controller.key.switch").value();
    BOOST_TEST(done["public_key"] == made);
    BOOST_TEST(done["next_public_key"].is_null());
    BOOST_TEST(effects.back() == "own " + made);
    BOOST_TEST(on_disk() == made);
    BOOST_TEST(ask("status").value()["public_key"] == made);
}

BOOST_AUTO_TEST_CASE(a_forced_switch_locks_hosts_out_on_request) {
    const auto made = ask("controller.key.rotate").value()["next_public_key"].get<std::string>();
    BOOST_TEST(ask("controller.key.switch", {{"force", true}}).value()["public_key"] == made);
    BOOST_TEST(on_disk() == made);
}

BOOST_AUTO_TEST_CASE(ports_that_stay_closed_are_said) {
    ask("controller.key.rotate").value();
    own_keys_used = fail(ErrorCode::conflict, "listen on tcp://127.0.0.1:7411: address already in use");
    BOOST_TEST(ask("controller.key.switch", {{"force", true}}).error().message.find("address already in use") !=
               std::string::npos);
}

// As after a file was put back by hand under the running controller: hosts would learn a key that nothing leads to.
BOOST_AUTO_TEST_CASE(nothing_is_changed_while_another_key_is_served_than_stands_on_disk) {
    ask("controller.key.rotate").value();
    effects.clear();
    const auto served = std::exchange(sources->public_key, protocol::make_key_pair().public_key);
    for (const auto* verb : {"controller.key.rotate", "controller.key.switch"}) {
        BOOST_TEST((ask(verb).error().code == ErrorCode::conflict), verb);
        BOOST_TEST(ask(verb).error().message.find("holds another key") != std::string::npos, verb);
    }
    BOOST_TEST(effects.empty());
    BOOST_TEST(on_disk() == served);
}

BOOST_AUTO_TEST_CASE(a_change_is_noted_with_both_fingerprints_before_a_file_is_touched) {
    memory.fail_commits_with = disk_full;
    BOOST_TEST(ask("controller.key.rotate").error().message == disk_full.message);
    BOOST_TEST(next_own_key(files, folder.path()).value() == "");
    memory.fail_commits_with.reset();
    const auto made = ask("controller.key.rotate").value()["next_public_key"].get<std::string>();
    memory.fail_commits_with = disk_full;
    BOOST_TEST(ask("controller.key.switch", {{"force", true}}).error().message == disk_full.message);
    BOOST_TEST(on_disk() == own);
    memory.fail_commits_with.reset();
    BOOST_REQUIRE(ask("controller.key.switch", {{"force", true}}).has_value());
    const auto log = ask("audit.list").value();
    BOOST_REQUIRE(log.size() >= 2u);
    const auto keys = fmt::format("{} to {}", protocol::fingerprint_of(own), protocol::fingerprint_of(made));
    BOOST_TEST(log[0]["verb"] == "controller.key.switch");
    BOOST_TEST(log[0]["detail"] == keys);
    BOOST_TEST(ask("audit.list", {{"verb", "controller.key.rotate"}}).value().at(0)["detail"] == keys);
}

BOOST_AUTO_TEST_CASE(only_admins_change_it) {
    for (const auto* verb : {"controller.key.rotate", "controller.key.switch"}) {
        BOOST_TEST((ask(verb, Json::object(), geteuid() + 4711).error().code == ErrorCode::denied), verb);
    }
    BOOST_TEST(ask("controller.key.show", Json::object(), geteuid() + 4711).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
