#include "controller/link/enrolment.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/link/host_keys.hpp"
#include "controller/store/memory_store.hpp"
#include "protocol/transport/keys.hpp"
#include "shared/crypto/sodium_hash.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Office {
    MemoryStore store;
    tests::ManualClock clock;
    tests::SeededRandom random{7};
    Enrolment enrolment{store, "tcp://vigie.example:7411"};
    std::string key = protocol::make_key_pair().public_key;
    std::string other_key = protocol::make_key_pair().public_key;

    NewToken token(const TokenWish& wish = {}) {
        auto made = create_token(wish, clock.wall(), random).value();
        BOOST_REQUIRE(store.commit(made.batch).has_value());
        return made;
    }
    protocol::Enrolled ask(const NewToken& with, const std::string& host, const std::string& own_key) {
        return ask(with.token.reveal(), host, own_key, own_key);
    }
    protocol::Enrolled ask(const std::string& text, const std::string& host, const std::string& own_key,
                           const std::string& connection_key) {
        StoreBatch batch;
        const auto answer = enrolment.decide(
            {.enrol = {.token = text, .host = host, .public_key = own_key}, .connection_key = connection_key},
            clock.wall(), batch);
        BOOST_REQUIRE(answer.has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
        return *answer;
    }
    void revoke(const std::string& host) {
        StoreBatch batch;
        BOOST_REQUIRE(revoke_agent(store, AgentId{host}, clock.wall(), batch).has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    void check_refused(const protocol::Enrolled& answer, std::string_view reason) {
        BOOST_TEST(!answer.is_accepted);
        BOOST_TEST(answer.message.find(reason) != std::string::npos, answer.message << " lacks " << reason);
        BOOST_TEST(answer.agent_id == "");
        BOOST_TEST(answer.endpoint == "");
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(enrolment, Office)

BOOST_AUTO_TEST_CASE(a_token_makes_one_agent_and_its_key_is_known_from_then_on) {
    const auto made = token();
    const auto answer = ask(made, "web-1", key);
    BOOST_TEST(answer.is_accepted);
    BOOST_TEST(answer.agent_id == "web-1");
    BOOST_TEST(answer.endpoint == "tcp://vigie.example:7411");
    const auto keys = load_keys(store).value().let_in;
    BOOST_REQUIRE(keys.size() == 1u);
    BOOST_TEST(keys.at(key).value == "web-1");
    const auto listed = list_tokens(store).value();
    BOOST_REQUIRE(listed.size() == 1u);
    BOOST_TEST(listed[0].used_host == "web-1");
    BOOST_TEST(listed[0].used_key == key);
    BOOST_TEST((listed[0].used_at == clock.wall()));
}

BOOST_AUTO_TEST_CASE(a_repeated_request_after_a_lost_answer_is_accepted_even_after_expiry) {
    const auto made = token({.ttl = 1h});
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
    clock.advance(2h);
    const auto again = ask(made, "web-1", key);
    BOOST_TEST(again.is_accepted);
    BOOST_TEST(again.agent_id == "web-1");
    BOOST_TEST((list_tokens(store).value()[0].used_at == clock.wall() - 2h));
}

BOOST_AUTO_TEST_CASE(a_used_token_makes_no_second_agent) {
    const auto made = token();
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
    check_refused(ask(made, "web-1", other_key), "used already");
    check_refused(ask(made, "web-2", key), "used already");
    BOOST_TEST(load_keys(store).value().let_in.size() == 1u);
}

BOOST_AUTO_TEST_CASE(two_requests_in_one_batch_cannot_share_a_token) {
    const auto made = token();
    StoreBatch batch;
    const auto request = [&](const std::string& host, const std::string& own_key) {
        const EnrolmentRequest asked{.enrol = {.token = made.token.reveal(), .host = host, .public_key = own_key},
                                     .connection_key = own_key};
        return enrolment.decide(asked, clock.wall(), batch).value();
    };
    BOOST_TEST(request("web-1", key).is_accepted);
    check_refused(request("web-2", other_key), "used already");
    BOOST_TEST(request("web-1", key).is_accepted);
}

BOOST_AUTO_TEST_CASE(an_expired_a_revoked_and_an_unknown_token_are_refused) {
    const auto expired = token({.ttl = 1h});
    clock.advance(1h);
    check_refused(ask(expired, "web-1", key), "expired at 2027-01-15T09:00:00.000Z");
    const auto revoked = token();
    StoreBatch revocation;
    BOOST_REQUIRE(revoke_token(store, revoked.record.id(), revocation).has_value());
    BOOST_REQUIRE(store.commit(revocation).has_value());
    check_refused(ask(revoked, "web-1", key), "revoked");
    check_refused(ask("vigie_00000000000000000000000000000000", "web-1", key, key), "no such token");
    check_refused(ask("", "web-1", key, key), "no such token");
    BOOST_TEST(load_keys(store).value().let_in.empty());
}

BOOST_AUTO_TEST_CASE(a_name_outside_the_pattern_is_refused_and_the_token_stays_good) {
    const auto made = token({.host_pattern = "web-?"});
    check_refused(ask(made, "db-1", key), "for hosts named web-?, not db-1");
    check_refused(ask(made, "web-10", key), "web-?");
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
}

BOOST_AUTO_TEST_CASE(a_name_held_by_another_key_needs_a_revocation_first) {
    BOOST_TEST(ask(token(), "web-1", key).is_accepted);
    const auto second = token();
    check_refused(ask(second, "web-1", other_key), "enrolled with another key");
    revoke("web-1");
    BOOST_TEST(load_keys(store).value().let_in.empty());
    BOOST_TEST(ask(second, "web-1", other_key).is_accepted);
    BOOST_TEST(load_keys(store).value().let_in.at(other_key).value == "web-1");
}

BOOST_AUTO_TEST_CASE(a_revoked_key_does_not_come_back) {
    const auto first = token();
    BOOST_TEST(ask(first, "web-1", key).is_accepted);
    revoke("web-1");
    check_refused(ask(first, "web-1", key), "was revoked");
    check_refused(ask(token(), "web-1", key), "was revoked");
}

BOOST_AUTO_TEST_CASE(a_copied_identity_cannot_take_a_second_name) {
    BOOST_TEST(ask(token(), "web-1", key).is_accepted);
    check_refused(ask(token(), "web-2", key), "belongs to web-1");
}

BOOST_AUTO_TEST_CASE(the_key_must_be_the_connections_own) {
    check_refused(ask(token().token.reveal(), "web-1", key, other_key), "not the one that the connection");
    check_refused(ask(token().token.reveal(), "web-1", "short", "short"), "not the one that the connection");
    for (const auto* name : {"", "a/b", "a b", "a\nkey x"}) {
        check_refused(ask(token().token.reveal(), name, key, key), "the host's name");
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_an_error_that_names_it) {
    const auto made = token();
    StoreBatch damage;
    damage.put(Family::tokens, made.record.hash, "created_unix_ms soon\n");
    BOOST_REQUIRE(store.commit(damage).has_value());
    StoreBatch batch;
    const auto answer = enrolment.decide(
        {.enrol = {.token = made.token.reveal(), .host = "web-1", .public_key = key}, .connection_key = key},
        clock.wall(), batch);
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::corrupt));
    BOOST_TEST(answer.error().message.find(made.record.id()) != std::string::npos);
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(the_store_never_holds_the_token_itself) {
    const auto made = token({.note = "for the new web servers"});
    BOOST_TEST(made.token.reveal().size() == 6u + 32);
    bool holds_it = false;
    BOOST_REQUIRE(store
                      .scan(Family::tokens, "", "",
                            [&](std::string_view row_key, std::string_view row) {
                                holds_it =
                                    holds_it || (std::string(row_key) + std::string(row)).find(made.token.reveal()) !=
                                                    std::string::npos;
                                return true;
                            })
                      .has_value());
    BOOST_TEST(!holds_it);
    BOOST_TEST(list_tokens(store).value()[0].note == "for the new web servers");
}

BOOST_AUTO_TEST_CASE(wishes_and_ids_that_make_no_sense_are_refused) {
    BOOST_TEST(!create_token({.ttl = 0ms}, clock.wall(), random));
    BOOST_TEST(!create_token({.ttl = token_ttl_max + 1ms}, clock.wall(), random));
    BOOST_TEST(!create_token({.note = "two\nlines"}, clock.wall(), random));
    BOOST_TEST(!create_token({.uses = 0}, clock.wall(), random));
    BOOST_TEST(!create_token({.uses = token_uses_max + 1}, clock.wall(), random));
    for (const auto* pattern : {"", "a b", "a/b", "web\x7f", "web\n*", "-web", ".", "-*", "web-ü"}) {
        BOOST_TEST(!create_token({.host_pattern = pattern}, clock.wall(), random), pattern);
    }
    BOOST_TEST(!create_token({.host_pattern = std::string(508, '*')}, clock.wall(), random));
    BOOST_TEST(create_token({.host_pattern = std::string(507, '*')}, clock.wall(), random).has_value());
    for (const auto* pattern : {"*", "?", "*-web", "web-*", "*.example.org", "w?b"}) {
        BOOST_TEST(create_token({.host_pattern = pattern}, clock.wall(), random).has_value(), pattern);
    }
    token();
    StoreBatch batch;
    BOOST_TEST((revoke_token(store, "", batch).error().code == ErrorCode::not_found));
    BOOST_TEST((revoke_token(store, "zzzz", batch).error().code == ErrorCode::not_found));
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(a_token_of_two_uses_lets_in_two_hosts_and_counts_no_repetition) {
    const auto made = token({.uses = 2});
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
    check_refused(ask(made, "web-1", other_key), "was used for web-1 already, with another key");
    auto listed = list_tokens(store).value().at(0);
    BOOST_TEST(listed.uses == 1u);
    BOOST_TEST((state_of(listed, clock.wall()) == TokenState::active));
    BOOST_TEST(ask(made, "web-2", other_key).is_accepted);
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
    const auto third = protocol::make_key_pair().public_key;
    check_refused(ask(made, "web-3", third), "used for 2 hosts already");
    listed = list_tokens(store).value().at(0);
    BOOST_TEST(listed.uses == 2u);
    BOOST_TEST((state_of(listed, clock.wall()) == TokenState::used));
    BOOST_REQUIRE(listed.used_by.size() == 2u);
    BOOST_TEST(listed.used_by[0].host == "web-1");
    BOOST_TEST(listed.used_by[1].public_key == other_key);
}

BOOST_AUTO_TEST_CASE(two_hosts_in_one_batch_do_not_share_a_use) {
    const auto made = token();
    StoreBatch batch;
    const auto request = [&](const std::string& host, const std::string& with) {
        return enrolment
            .decide({.enrol = {.token = made.token.reveal(), .host = host, .public_key = with}, .connection_key = with},
                    clock.wall(), batch)
            .value();
    };
    BOOST_TEST(request("web-1", key).is_accepted);
    BOOST_TEST(!request("web-2", other_key).is_accepted);
}

// Written by the release before tokens had more than one use.
BOOST_AUTO_TEST_CASE(a_row_of_an_older_version_still_counts_its_use) {
    const std::string text = "vigie_00112233445566778899aabbccddeeff";
    const auto hash = blake2b_hex(text);
    StoreBatch batch;
    batch.put(Family::tokens, hash,
              fmt::format("created_unix_ms 1\nexpires_unix_ms {}\nhosts web-*\nnote \nrevoked 0\nused_unix_ms 5\n"
                          "used_host web-1\nused_key {}\n",
                          unix_ms(clock.wall() + 1h), key));
    batch.put(Family::agents, "web-1", fmt::format("key {}\nenrolled_unix_ms 5\nrevoked_unix_ms 0\n", key));
    BOOST_REQUIRE(store.commit(batch).has_value());
    const auto listed = list_tokens(store).value().at(0);
    BOOST_TEST((state_of(listed, clock.wall()) == TokenState::used));
    BOOST_REQUIRE(listed.used_by.size() == 1u);
    BOOST_TEST(listed.used_by[0].host == "web-1");
    BOOST_TEST(ask(text, "web-1", key, key).is_accepted);
    check_refused(ask(text, "web-2", other_key, other_key), "was used already");
}

BOOST_AUTO_TEST_CASE(a_host_that_comes_again_with_its_key_keeps_its_rotation) {
    BOOST_TEST(ask(token(), "web-1", key).is_accepted);
    StoreBatch batch;
    BOOST_REQUIRE(ask_rotation(store, AgentId{"web-1"}, clock.wall(), batch).has_value());
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST(ask(token(), "web-1", key).is_accepted);
    BOOST_TEST(list_agents(store).value().at(0).rotation_asked_at.has_value());
}

BOOST_AUTO_TEST_CASE(globs) {
    BOOST_TEST(is_host_in("*", "anything"));
    BOOST_TEST(is_host_in("web-*", "web-"));
    BOOST_TEST(is_host_in("*-db-*", "eu-db-1"));
    BOOST_TEST(is_host_in("*a*a", "aaa"));
    BOOST_TEST(is_host_in("web-1", "web-1"));
    BOOST_TEST(!is_host_in("web-1", "web-11"));
    BOOST_TEST(!is_host_in("web-??", "web-1"));
    BOOST_TEST(!is_host_in("*-db", "eu-db-1"));
    BOOST_TEST(!is_host_in("", "x"));
}

BOOST_AUTO_TEST_CASE(ten_wrong_tokens_block_an_address_for_a_minute) {
    WrongTokens wrong;
    for (int i = 0; i < 9; ++i) {
        wrong.note("10.0.0.9", clock.mono());
    }
    BOOST_TEST(!wrong.is_blocked("10.0.0.9", clock.mono()));
    wrong.note("10.0.0.9", clock.mono());
    BOOST_TEST(wrong.is_blocked("10.0.0.9", clock.mono()));
    BOOST_TEST(!wrong.is_blocked("10.0.0.8", clock.mono()));
    clock.advance(60s);
    BOOST_TEST(!wrong.is_blocked("10.0.0.9", clock.mono()));
}

BOOST_AUTO_TEST_CASE(whoever_enrols_again_has_forgotten_the_controllers_next_key) {
    const auto made = token();
    BOOST_TEST(ask(made, "web-1", key).is_accepted);
    for (const auto& again : {made, token()}) {
        StoreBatch batch;
        BOOST_REQUIRE(note_controller_key(store, AgentId{"web-1"}, other_key, batch).has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
        BOOST_TEST(ask(again, "web-1", key).is_accepted);
        BOOST_TEST(list_agents(store).value().at(0).controller_next == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()
