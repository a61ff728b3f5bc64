#include <boost/test/unit_test.hpp>

#include "controller/link/records.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct Keys : World {
    const AgentId web{"web-1"};
    std::string key = protocol::make_key_pair().public_key;

    Keys() { admit(web, key); }
    void admit(const AgentId& agent, const std::string& public_key) {
        StoreBatch batch;
        batch.put(Family::agents, agent.value,
                  encode(AgentRecord{.agent = agent, .public_key = public_key, .enrolled_at = clock.wall()}));
        BOOST_REQUIRE(memory.commit(batch).has_value());
    }
    // A session of the host, whose agent speaks this version.
    void connect_speaking(uint8_t version) {
        watch->enrolled(web);
        HelloFacts facts;
        facts.protocol_version = version;
        facts.agent_version = "0.1.0";
        watch->connected(web, facts);
        settle();
    }
    Json row() { return ask("keys.list").value().at(0); }
    Error refused(std::string_view verb, const std::string& host) {
        const auto answer = ask(verb, {{"host", host}});
        BOOST_REQUIRE(!answer.has_value());
        return answer.error();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_keys, Keys)

BOOST_AUTO_TEST_CASE(keys_are_listed_by_fingerprint) {
    BOOST_TEST(row()["host"] == "web-1");
    BOOST_TEST(row()["state"] == "current");
    BOOST_TEST(row()["fingerprint"] == protocol::fingerprint_of(key));
    BOOST_TEST(row()["since"] == to_rfc3339(clock.wall()));
}

BOOST_AUTO_TEST_CASE(a_revoked_host_stays_listed_as_such_and_its_alerts_end) {
    connect_speaking(2);
    report(web, 1, "node_load1\n", {5});
    BOOST_TEST(ask("alerts.list").value().size() == 1u);
    BOOST_TEST(ask("keys.revoke", {{"host", "web-1"}}).value()["state"] == "revoked");
    BOOST_TEST((effects == std::vector<std::string>{"revoked web-1"}));
    BOOST_TEST((revoked_keys == std::vector{key}));
    settle();
    BOOST_TEST(row()["state"] == "revoked");
    BOOST_TEST(ask("hosts.list").value().at(0)["state"] == "revoked");
    BOOST_TEST(ask("jobs.run", {{"job", "etc"}, {"host", "web-1"}}).error().message ==
               "web-1: its key is revoked: enrol it again first");
    BOOST_TEST(ask("status").value()["hosts"]["revoked"] == 1);
    BOOST_TEST(ask("alerts.list").value().empty());
    tick_after(120s);
    BOOST_TEST(ask("alerts.list").value().empty());  // its silence is no news
    watch->heard(web, clock.mono());                 // what was under way
    settle();
    BOOST_TEST(ask("hosts.list").value().at(0)["state"] == "revoked");
    BOOST_TEST((refused("keys.revoke", "web-1").code == ErrorCode::conflict));
    watch->enrolled(web);
    settle();
    BOOST_TEST(ask("hosts.list").value().at(0)["state"] == "never_heard");
}

BOOST_AUTO_TEST_CASE(a_revocation_that_is_not_stored_cuts_nobody) {
    connect_speaking(2);
    memory.fail_commits_with = disk_full;
    BOOST_TEST(refused("keys.revoke", "web-1").message == disk_full.message);
    BOOST_TEST(effects.empty());
}

BOOST_AUTO_TEST_CASE(a_removed_host_is_in_no_list) {
    connect_speaking(2);
    BOOST_REQUIRE(ask("hosts.remove", {{"host", "web-1"}}).has_value());
    BOOST_TEST((effects == std::vector<std::string>{"removed web-1"}));
    BOOST_TEST((revoked_keys == std::vector{key}));
    BOOST_TEST(ask("hosts.list").value().empty());
    BOOST_TEST(ask("keys.list").value().empty());
    BOOST_TEST(refused("hosts.remove", "web-1").message.find("'web-1' is not enrolled") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rotation_is_asked_of_the_host_or_waits_for_it) {
    auto asked = ask("keys.rotate", {{"host", "web-1"}}).value();
    BOOST_TEST(asked["state"] == "pending_rotation");
    BOOST_TEST(asked["note"] == "will be asked when the host is back");
    connect_speaking(2);
    BOOST_TEST(ask("keys.rotate", {{"host", "web-1"}}).value()["note"] == "asked of the host");
    BOOST_TEST((effects == std::vector<std::string>{"asked web-1", "asked web-1"}));
    BOOST_TEST(row()["note"] == "asked of the host");
}

BOOST_AUTO_TEST_CASE(a_host_of_an_older_version_is_told_to_be_upgraded) {
    connect_speaking(1);
    const auto error = refused("keys.rotate", "web-1");
    BOOST_TEST((error.code == ErrorCode::unsupported));
    BOOST_TEST(error.message.find("runs a version that cannot rotate") != std::string::npos, error.message);
    BOOST_TEST(effects.empty());
    BOOST_TEST(row()["state"] == "current");
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_answered_with_the_nearest) {
    connect_speaking(2);
    for (const auto* verb : {"keys.revoke", "keys.rotate", "hosts.remove"}) {
        BOOST_TEST(refused(verb, "wbe-1").message == "host 'wbe-1' is not enrolled, did you mean 'web-1'?");
        BOOST_TEST((refused(verb, "").code == ErrorCode::malformed));
        BOOST_TEST((ask(verb, {{"host", "web-1"}}, geteuid() + 4711).error().code == ErrorCode::denied));
    }
    BOOST_TEST(effects.empty());
}

BOOST_AUTO_TEST_CASE(what_happens_to_keys_becomes_an_event) {
    connect_speaking(2);
    watch->key_event(web, {.severity = Severity::error, .kind = "old_key", .message = "somebody offered it"});
    settle();
    const auto events = ask("hosts.show", {{"host", "web-1"}}).value()["events"];
    BOOST_REQUIRE(events.size() == 1u);
    BOOST_TEST(events[0]["kind"] == "old_key");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
