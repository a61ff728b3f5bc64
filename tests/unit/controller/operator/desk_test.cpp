#include "controller/operator/desk.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
// Remembers what was noted, and says that it is stored, or not.
struct Notebook final : DeskWitness {
    std::vector<std::string> lines;
    Result<void> outcome;
    void note(const Request& request, const Result<Json>& answer, std::function<void(Result<void>)> then) override {
        lines.push_back(
            fmt::format("{} {} {}", request.caller.name, request.verb, answer ? "ok" : name_of(answer.error().code)));
        then(outcome);
    }
};

struct OpenDesk {
    Notebook notebook;
    Desk desk{RoleBook::open("").value(), notebook};
    const PeerCredentials root{.pid = 1, .uid = 0, .gid = 0};
    const PeerCredentials stranger{.pid = 2, .uid = geteuid() + 4711, .gid = 4711};

    OpenDesk() {
        desk.answer("hosts.list", Role::viewer, {"labels"}, [](const Request&) { return Json::array({"web-1"}); });
        const auto run = [](const Request& request) -> Result<Json> {
            VIGIE_TRY(const auto job, request.required_text("job"));
            return Json{{"started", job}, {"by", request.caller.name}};
        };
        desk.change("jobs.run", Role::operator_, {"job", "labels"},
                    [run](const Request& request, const Desk::Respond& respond) { respond(run(request)); });
        desk.change("runs.cancel", Role::operator_, {"id"}, [](const Request& request, const Desk::Respond& respond) {
            *request.is_witnessed = true;
            respond(Json::object());
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
               R"({"result":{"by":"uid 0","started":"etc"}})");
    const auto refused = decode_answer(ask(stranger, R"({"verb":"jobs.run","arguments":{"job":"etc"}})"));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::denied));
    BOOST_TEST(refused.error().message.find("needs the role operator") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(changes_and_refusals_are_noted_and_questions_are_not) {
    ask(root, R"({"verb":"hosts.list"})");
    BOOST_TEST(notebook.lines.empty());
    ask(root, R"({"verb":"jobs.run","arguments":{"job":"etc"}})");
    ask(root, R"({"verb":"jobs.run"})");
    ask(stranger, R"({"verb":"jobs.run","arguments":{"job":"etc"}})");
    ask(root, R"({"verb":"runs.cancel","arguments":{"id":"1"}})");  // noted with its change
    const std::vector<std::string> expected{"uid 0 jobs.run ok", "uid 0 jobs.run malformed",
                                            fmt::format("uid {} jobs.run denied", stranger.uid)};
    BOOST_TEST(notebook.lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_noted_is_not_called_done) {
    notebook.outcome = fail(ErrorCode::no_space, "store: disk full");
    const auto done = decode_answer(ask(root, R"({"verb":"jobs.run","arguments":{"job":"etc"}})"));
    BOOST_REQUIRE(!done.has_value());
    BOOST_TEST(done.error().message == "done, but not in the audit log: store: disk full");
    const auto refused = decode_answer(ask(stranger, R"({"verb":"jobs.run","arguments":{"job":"etc"}})"));
    BOOST_TEST((refused.error().code == ErrorCode::denied));
}

BOOST_AUTO_TEST_CASE(a_caller_from_elsewhere_has_the_role_of_its_key) {
    std::string answer;
    const auto ask_as = [&](Role role) {
        desk.take(Caller{.name = "anna", .key = "k", .role = role, .from = "10.0.0.7"},
                  R"({"verb":"jobs.run","arguments":{"job":"etc"}})",
                  [&](std::string text) { answer = std::move(text); });
        return decode_answer(answer);
    };
    BOOST_TEST(ask_as(Role::viewer).error().message == "jobs.run needs the role operator; anna has the role viewer");
    BOOST_TEST(ask_as(Role::operator_).value()["by"] == "anna");
}

BOOST_AUTO_TEST_CASE(malformed_lines_are_answered_not_fatal) {
    for (const auto* line : {"", "{", "[]", "{\"verb\":5}", "{\"verb\":\"hosts.list\",\"arguments\":[]}",
                             "{\"verb\":\"jobs.run\"}", "{\"verb\":\"jobs.run\",\"arguments\":{\"job\":7}}"}) {
        BOOST_TEST(!decode_answer(ask(root, line)).has_value(), line);
    }
    BOOST_TEST((decode_answer(ask(root, R"({"verb":"hosts.lst"})")).error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_CASE(a_line_of_brackets_is_malformed) {
    // As many as a line may hold; what copies or writes them level by level would end the stack.
    const std::string open(500'000, '[');
    const std::string close(500'000, ']');
    const auto line = R"({"verb":"jobs.run","arguments":{"job":)" + open + close + "}}";
    BOOST_TEST((decode_answer(ask(stranger, line)).error().code == ErrorCode::malformed));
    BOOST_TEST((decode_answer(ask(stranger, open + close)).error().code == ErrorCode::malformed));
    BOOST_TEST((decode_request(R"({"verb":"x","arguments":{"a":[[[[[[]]]]]]}})")).has_value());
    BOOST_TEST(!(decode_request(R"({"verb":"x","arguments":{"a":[[[[[[[[]]]]]]]]}})")).has_value());
    BOOST_TEST(decode_request(R"({"verb":"x","arguments":{"a":[1,{"b":2}]}})").value().arguments.dump() ==
               R"({"a":[1,{"b":2}]})");
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
