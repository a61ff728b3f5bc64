// enrol, keys, controller key and hosts remove: which request the words make, and what asks first.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct CommandLine {
    std::ostringstream out;
    std::ostringstream err;
    Request asked;
    std::optional<std::string> typed;  // by the person at the terminal, if there is one
    std::string question;

    int run(const std::vector<std::string>& words) {
        out.str("");
        err.str("");
        asked = {};
        const Surroundings world{
            .ask =
                [this](const Door&, const Request& request) {
                    asked = request;
                    return Result<Json>(Json::object());
                },
            .make_key = {},
            .now_unix_ms = [] { return int64_t{0}; },
            .pause = [](milliseconds) { return false; },
            .ask_person =
                [this](const std::string& text) {
                    question = text;
                    return typed;
                },
            .environment = {},
            .is_terminal = false,
            .columns = 100,
            .out = out,
            .err = err,
        };
        return run_cli(words, world);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_keys, CommandLine)

BOOST_AUTO_TEST_CASE(only_what_was_said_of_a_token_is_asked_for) {
    for (const auto& words : std::vector<std::vector<std::string>>{{"enrol", "token"}, {"enrol", "token", "create"}}) {
        BOOST_TEST(run(words) == 0);
        BOOST_TEST(asked.verb == "enrol.token");
        BOOST_TEST(asked.arguments == Json::object());
        auto longer = words;
        longer.insert(longer.end(), {"--hosts", "web-*", "--uses", "3", "--ttl", "2h", "--note", "rack"});
        BOOST_TEST(run(longer) == 0);
        BOOST_TEST((asked.arguments == Json{{"hosts", "web-*"}, {"uses", 3}, {"ttl", "2h"}, {"note", "rack"}}));
        auto empty = words;
        empty.insert(empty.end(), {"--hosts", ""});
        BOOST_TEST(run(empty) == 2);
        BOOST_TEST(asked.verb == "");
    }
}

BOOST_AUTO_TEST_CASE(an_option_of_a_new_token_is_not_passed_over_before_another_word) {
    BOOST_TEST(run({"enrol", "token", "--uses", "2", "create"}) == 2);
    BOOST_TEST(asked.verb == "");
    BOOST_TEST(err.str().starts_with("vigie: --uses: write it behind 'create'"), err.str());
    BOOST_TEST(run({"enrol", "token", "--note", "rack", "list"}) == 2);
    BOOST_TEST(err.str().starts_with("vigie: --note: 'list' does not take it"), err.str());
}

BOOST_AUTO_TEST_CASE(tokens_are_listed_and_revoked) {
    BOOST_TEST(run({"enrol", "token", "list"}) == 0);
    BOOST_TEST(asked.verb == "enrol.token.list");
    BOOST_TEST(run({"enrol", "token", "revoke", "0123ab"}) == 0);
    BOOST_TEST(asked.verb == "enrol.token.revoke");
    BOOST_TEST(asked.arguments["id"] == "0123ab");
    BOOST_TEST(run({"enrol", "token", "revoke"}) == 2);
    BOOST_TEST(run({"enrol", "token", "revoke", ""}) == 2);
    BOOST_TEST(run({"enrol", "token", "revok", "0123ab"}) == 2);
    BOOST_TEST(err.str().find("did you mean 'revoke'?") != std::string::npos, err.str());
    BOOST_TEST(run({"enrol", "token", "--uses", "some"}) == 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_undone_asks_for_the_hosts_name) {
    for (const auto& [noun, verb] : {std::pair{"keys", "revoke"}, std::pair{"hosts", "remove"}}) {
        typed = std::nullopt;
        BOOST_TEST(run({noun, verb, "web-1"}) == 2);
        BOOST_TEST(err.str().find("--yes") != std::string::npos, err.str());
        BOOST_TEST(asked.verb == "");
        typed = "web-2";
        BOOST_TEST(run({noun, verb, "web-1"}) == 2);
        BOOST_TEST(asked.verb == "");
        typed = "";
        BOOST_TEST(run({noun, verb, "web-1"}) == 2);
        BOOST_TEST(asked.verb == "");
        typed = "web-1";
        BOOST_TEST(run({noun, verb, "web-1"}) == 0);
        BOOST_TEST(asked.arguments["host"] == "web-1");
        question.clear();
        BOOST_TEST(run({noun, verb, "web-1", "--yes"}) == 0);
        BOOST_TEST(question == "");
        BOOST_TEST(run({noun, verb}) == 2);
    }
}

BOOST_AUTO_TEST_CASE(keys_are_listed_and_rotated_without_a_question) {
    BOOST_TEST(run({"keys", "list"}) == 0);
    BOOST_TEST(asked.verb == "keys.list");
    BOOST_TEST(run({"keys", "rotate", "web-1"}) == 0);
    BOOST_TEST(asked.verb == "keys.rotate");
    BOOST_TEST(question == "");
}

BOOST_AUTO_TEST_CASE(the_controllers_key_is_shown_rotated_and_switched) {
    for (const auto* verb : {"show", "rotate", "switch"}) {
        BOOST_TEST(run({"controller", "key", verb}) == 0);
        BOOST_TEST(asked.verb == std::string("controller.key.") + verb);
        BOOST_TEST(asked.arguments == Json::object());
    }
    BOOST_TEST(run({"controller", "key", "switch", "--force"}) == 0);
    BOOST_TEST(asked.arguments["force"] == true);
    BOOST_TEST(run({"controller", "key", "rotate", "--force"}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
