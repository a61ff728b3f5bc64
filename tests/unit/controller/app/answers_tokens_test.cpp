#include <boost/test/unit_test.hpp>

#include "controller/link/enrolment.hpp"
#include "shared/crypto/sodium_hash.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct Tokens : World {
    Error refused(const Json& arguments) {
        const auto answer = ask("enrol.token", arguments);
        BOOST_REQUIRE(!answer.has_value());
        return answer.error();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_tokens, Tokens)

BOOST_AUTO_TEST_CASE(a_token_is_listed_with_what_is_left_of_it_and_never_shown_again) {
    const auto made = ask("enrol.token", {{"hosts", "web-*"}, {"uses", 3}, {"note", "the new rack"}}).value();
    const auto rows = ask("enrol.token.list").value();
    BOOST_REQUIRE(rows.size() == 1u);
    BOOST_TEST(rows[0]["id"] == made["id"]);
    BOOST_TEST(rows[0]["state"] == "active");
    BOOST_TEST(rows[0]["uses_left"] == 3);
    BOOST_TEST(rows[0]["note"] == "the new rack");
    BOOST_TEST(rows.dump().find(made["token"].get<std::string>()) == std::string::npos);
    clock.advance(1h);
    BOOST_TEST(ask("enrol.token.list").value()[0]["state"] == "expired");
}

BOOST_AUTO_TEST_CASE(a_revoked_token_is_told_so_and_stays_so) {
    const auto made = ask("enrol.token", Json::object()).value();
    const auto id = made["id"].get<std::string>();
    BOOST_TEST(ask("enrol.token.revoke", {{"id", id.substr(0, 5)}}).value()["state"] == "revoked");
    BOOST_TEST(ask("enrol.token.list").value()[0]["state"] == "revoked");
    BOOST_TEST(ask("enrol.token.revoke", {{"id", id}}).value()["state"] == "revoked");
    BOOST_TEST((ask("enrol.token.revoke", {{"id", "abc"}}).error().code == ErrorCode::not_found));
    BOOST_TEST((ask("enrol.token.revoke", {{"id", ""}}).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(wishes_that_make_no_sense_are_refused_with_words) {
    const std::vector<std::pair<Json, std::string>> wishes{
        {{{"hosts", ""}}, "--hosts"},   {{{"hosts", "a b"}}, "--hosts"}, {{{"ttl", ""}}, "--ttl"},
        {{{"ttl", "0s"}}, "--ttl"},     {{{"ttl", "31d"}}, "--ttl"},     {{{"uses", 0}}, "--uses"},
        {{{"uses", 10'001}}, "--uses"}, {{{"note", "a\tb"}}, "--note"},  {{{"uses", "two"}}, "uses"}};
    for (const auto& [wish, word] : wishes) {
        const auto error = refused(wish);
        BOOST_TEST((error.code == ErrorCode::malformed), wish.dump());
        BOOST_TEST(error.message.find(word) != std::string::npos, error.message);
    }
    BOOST_TEST(rows(Family::tokens) == 0u);
}

BOOST_AUTO_TEST_CASE(viewers_see_tokens_and_make_none) {
    BOOST_TEST(ask("enrol.token.list", Json::object(), geteuid() + 4711).has_value());
    for (const auto* verb : {"enrol.token", "enrol.token.revoke"}) {
        BOOST_TEST((ask(verb, Json::object(), geteuid() + 4711).error().code == ErrorCode::denied), verb);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
