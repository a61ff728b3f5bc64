#include "controller/link/host_keys.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"
#include "protocol/transport/keys.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Keys {
    MemoryStore store;
    tests::ManualClock clock;
    const AgentId web{"web-1"};
    std::string first = protocol::make_key_pair().public_key;
    std::string second = protocol::make_key_pair().public_key;
    std::string third = protocol::make_key_pair().public_key;

    Keys() { admit(web, first); }

    void admit(const AgentId& agent, const std::string& key) {
        StoreBatch batch;
        batch.put(Family::agents, agent.value,
                  encode(AgentRecord{.agent = agent, .public_key = key, .enrolled_at = clock.wall()}));
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    // Runs a change and stores what it adds.
    template <typename F>
    auto change(F&& what) {
        StoreBatch batch;
        auto result = what(batch);
        BOOST_REQUIRE(result.has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
        return std::move(*result);
    }
    void ask() {
        change([&](StoreBatch& batch) { return ask_rotation(store, web, clock.wall(), batch); });
    }
    // The host offers the key in a session made with `used`.
    NextKeyVerdict take(const std::string& key, const std::string& used) {
        return change([&](StoreBatch& batch) { return take_next_key(store, web, used, key, batch); });
    }
    NextKeyVerdict take(const std::string& key) { return take(key, record().public_key); }
    std::optional<std::string> use(const std::string& key) {
        return change([&](StoreBatch& batch) { return retire_old_key(store, web, key, clock.wall(), batch); });
    }
    AgentRecord record() { return list_agents(store).value().at(0); }
    bool is_let_in(const std::string& key) { return load_keys(store).value().let_in.contains(key); }
    bool is_barred(const std::string& key) { return load_keys(store).value().barred.contains(key); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_keys, Keys)

BOOST_AUTO_TEST_CASE(both_keys_are_let_in_until_the_new_one_is_used) {
    ask();
    BOOST_TEST(record().is_rotating());
    BOOST_TEST(take(second).refusal == "");
    BOOST_TEST(is_let_in(first));
    BOOST_TEST(is_let_in(second));
    BOOST_TEST(!use(first).has_value());
    BOOST_TEST(is_let_in(first));
    clock.advance(1h);
    BOOST_TEST(use(second).value_or("") == first);
    BOOST_TEST(!is_let_in(first));
    BOOST_TEST(is_barred(first));
    BOOST_TEST(is_let_in(second));
    BOOST_TEST(record().public_key == second);
    BOOST_TEST((record().key_since == clock.wall()));
    BOOST_TEST(!record().is_rotating());
    BOOST_TEST(!use(second).has_value());
}

BOOST_AUTO_TEST_CASE(a_repeated_answer_is_accepted_again) {
    ask();
    BOOST_TEST(take(second).refusal == "");
    BOOST_TEST(take(second).refusal == "");
    BOOST_TEST(record().next_key == second);
}

// A host that lost its next key with its disk makes another one. So may a thief who holds the old one, but only when an
// operator asks again.
BOOST_AUTO_TEST_CASE(another_next_key_needs_another_wish_and_the_unused_one_is_forgotten) {
    ask();
    BOOST_TEST(!take(second).is_asked);
    BOOST_TEST(take(third).refusal == "nobody asked for another key");
    BOOST_TEST(is_let_in(second));
    ask();
    BOOST_TEST(take(third).replaced == second);
    BOOST_TEST(is_let_in(first));
    BOOST_TEST(is_let_in(third));
    BOOST_TEST(!is_let_in(second));
    BOOST_TEST(!is_barred(second));
}

// The host may have nothing but its new key when the commit that should have noted its first use has failed.
BOOST_AUTO_TEST_CASE(a_next_key_in_use_is_never_replaced) {
    ask();
    static_cast<void>(take(second));
    ask();
    BOOST_TEST(take(third, second).refusal == "the key in use is a new one, which is to be noted first");
    BOOST_TEST(is_let_in(second));
    BOOST_TEST(use(second).value_or("") == first);
}

BOOST_AUTO_TEST_CASE(a_key_offered_in_a_session_of_a_former_key_is_refused) {
    ask();
    BOOST_TEST(take(second, third).refusal == "it was offered in a session of another key than the host's");
}

// A row that cannot be read shows who looks at all of them.
BOOST_AUTO_TEST_CASE(who_was_not_asked_makes_the_controller_look_through_no_agents) {
    StoreBatch batch;
    batch.put(Family::agents, "web-9", "unreadable");
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST(take_next_key(store, web, first, second, batch)->refusal == "nobody asked for another key");
    BOOST_REQUIRE(ask_rotation(store, web, clock.wall(), batch).has_value());
    BOOST_TEST((take_next_key(store, web, first, second, batch).error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_asked_for_or_that_is_anothers_is_refused) {
    BOOST_TEST(take(second).refusal == "nobody asked for another key");
    ask();
    BOOST_TEST(take("no key").refusal == "that is no key");
    BOOST_TEST(take("").refusal == "that is no key");
    admit(AgentId{"web-2"}, second);
    BOOST_TEST(take(second).refusal == "the key is held by web-2");
    BOOST_TEST(take(first).refusal == "the key is held by web-1");
    BOOST_TEST(!record().next_key.size());
}

BOOST_AUTO_TEST_CASE(an_old_key_does_not_come_back) {
    ask();
    static_cast<void>(take(second));
    BOOST_TEST(use(second).has_value());
    ask();
    BOOST_TEST(take(first).refusal == "the key is one of web-1");
}

BOOST_AUTO_TEST_CASE(revocation_bars_both_keys_and_ends_the_rotation) {
    ask();
    static_cast<void>(take(second));
    const auto revoked = change([&](StoreBatch& batch) { return revoke_agent(store, web, clock.wall(), batch); });
    BOOST_TEST((revoked.record.revoked_at == clock.wall()));
    BOOST_TEST((revoked.keys == std::vector{first, second}));
    BOOST_TEST(load_keys(store).value().let_in.empty());
    BOOST_TEST(is_barred(first));
    BOOST_TEST(is_barred(second));
    BOOST_TEST(!record().is_rotating());
    BOOST_TEST(!use(second).has_value());
    BOOST_TEST(take(third).refusal == "the host's key is revoked");
    StoreBatch batch;
    BOOST_TEST((revoke_agent(store, web, clock.wall(), batch).error().code == ErrorCode::conflict));
    BOOST_TEST((ask_rotation(store, web, clock.wall(), batch).error().code == ErrorCode::conflict));
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(a_removed_host_leaves_only_barred_keys) {
    const auto removed = change([&](StoreBatch& batch) { return remove_agent(store, web, clock.wall(), batch); });
    BOOST_TEST((removed.keys == std::vector{first}));
    BOOST_TEST(list_agents(store).value().empty());
    BOOST_TEST(is_barred(first));
    admit(web, second);
    change([&](StoreBatch& batch) { return revoke_agent(store, web, clock.wall(), batch); });
    change([&](StoreBatch& batch) { return remove_agent(store, web, clock.wall(), batch); });
    BOOST_TEST(list_agents(store).value().empty());
    BOOST_TEST(is_barred(second));
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_named) {
    StoreBatch batch;
    const AgentId nobody{"nobody"};
    BOOST_TEST((revoke_agent(store, nobody, clock.wall(), batch).error().code == ErrorCode::not_found));
    BOOST_TEST((remove_agent(store, nobody, clock.wall(), batch).error().code == ErrorCode::not_found));
    BOOST_TEST(ask_rotation(store, nobody, clock.wall(), batch).error().message.find("'nobody'") != std::string::npos);
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(changes_of_one_batch_see_each_other) {
    ask();
    StoreBatch batch;
    BOOST_TEST(take_next_key(store, web, first, second, batch)->refusal == "");
    BOOST_TEST(retire_old_key(store, web, second, clock.wall(), batch).value().value_or("") == first);
    BOOST_TEST(revoke_agent(store, web, clock.wall(), batch)->record.public_key == second);
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST(load_keys(store).value().let_in.empty());
}

BOOST_AUTO_TEST_CASE(what_a_host_keeps_of_the_controllers_keys_is_noted) {
    StoreBatch batch;
    BOOST_REQUIRE(note_controller_key(store, web, third, batch).has_value());
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST(record().controller_next == third);
    BOOST_TEST(record().public_key == first);
}

// As the release before wrote it.
BOOST_AUTO_TEST_CASE(a_row_of_an_older_version_has_had_its_key_since_it_was_enrolled) {
    StoreBatch batch;
    batch.put(Family::agents, web.value, fmt::format("key {}\nenrolled_unix_ms 5000\nrevoked_unix_ms 0\n", first));
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST((record().key_since == wall_from_unix_ms(5000)));
    BOOST_TEST(!record().is_rotating());
    BOOST_TEST(is_let_in(first));
}

BOOST_AUTO_TEST_SUITE_END()
