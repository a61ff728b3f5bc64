#include "controller/operator/desk.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
struct OpenDesk {
    Desk desk{RoleBook::open("").value()};
    const PeerCredentials root{.pid = 1, .uid = 0, .gid = 0};
    const PeerCredentials stranger{.pid = 2, .uid = geteuid() + 4711, .gid = 4711};

    OpenDesk() {
        desk.answer("hosts.list", Role::viewer, {"labels"}, [](const Request&) { return Json::array({"web-1"}); });
        desk.answer("jobs.run", Role::operator_, {"job", "labels"}, [](const Request& request) -> Result<Json> {
            VIGIE_TRY(const auto job, request.required_text("job"));
            return Json{{"started", job}, {"by", request.user}};
        });
    }
    std::string ask(const PeerCredentials& peer, std::string_view line) {
        std::string answer;
        desk.take(peer, line, [&](std::string text) { answer = std::move(text); });
        return answer;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(desk, OpenDesk)

BOOST_AUTO_TEST_CASE(answers_what_the_role_allows) {
    BOOST_TEST(ask(stranger, R"({"verb":"hosts.list"})") == R"({"result":["web-1"]})");
    BOOST_TEST(ask(root, R"({"verb":"jobs.run","arguments":{"job":"etc"}})") ==
               R"({"result":{"by":"0","started":"etc"}})");
    const auto refused = decode_answer(ask(stranger, R"({"verb":"jobs.run","arguments":{"job":"etc"}})"));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::denied));
    BOOST_TEST(refused.error().message.find("needs the role operator") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(malformed_lines_are_answered_not_fatal) {
    for (const auto* line : {"", "{", "[]", "{\"verb\":5}", "{\"verb\":\"hosts.list\",\"arguments\":[]}",
                             "{\"verb\":\"jobs.run\"}", "{\"verb\":\"jobs.run\",\"arguments\":{\"job\":7}}"}) {
        BOOST_TEST(!decode_answer(ask(root, line)).has_value(), line);
    }
    BOOST_TEST((decode_answer(ask(root, R"({"verb":"hosts.lst"})")).error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_CASE(an_argument_that_the_verb_does_not_take_is_refused) {
    const auto answer =
        decode_answer(ask(root, R"({"verb":"jobs.run","arguments":{"job":"etc","label":{"env":"x"}}})"));
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::malformed));
    BOOST_TEST(answer.error().message == "jobs.run does not take 'label', did you mean 'labels'?");
}

BOOST_AUTO_TEST_CASE(an_answer_with_fields_of_another_type_is_an_error_not_an_exception) {
    BOOST_TEST(decode_answer(R"({"error":{"code":5,"message":[]}})").error().message == "no message");
    BOOST_TEST((decode_answer(R"({"error":7})").error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_CASE(an_unknown_operator_group_is_named) {
    const auto book = RoleBook::open("no-such-group-here");
    BOOST_REQUIRE(!book.has_value());
    BOOST_TEST(book.error().message.find("no-such-group-here") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_become_the_replacement_character) {
    BOOST_TEST(encode_answer(Json("a\xff")) == "{\"result\":\"a\xef\xbf\xbd\"}");
}

BOOST_AUTO_TEST_SUITE_END()
