// What an operator may ask for, and how a wrong question is answered.
#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct AskedQueries : World {
    AskedQueries() {
        connect(AgentId{"web-1"});
        report(AgentId{"web-1"}, 1, "load\n", {1});
        clock.advance(60s);
        report(AgentId{"web-1"}, 2, "load\n", {3});
    }
    // The pool answers: the loop runs until it has.
    Result<Json> query(const Json& arguments) {
        std::string answer;
        desk.take(PeerCredentials{.pid = 1, .uid = 4711, .gid = 4711},
                  Json{{"verb", "query"}, {"arguments", arguments}}.dump(), [this, &answer](std::string line) {
                      answer = std::move(line);
                      loop->stop();
                  });
        loop->run();
        return decode_answer(answer);
    }
    std::string problem(const Json& arguments) {
        const auto answer = query(arguments);
        return answer ? "answered" : answer.error().message;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_query, AskedQueries)

BOOST_AUTO_TEST_CASE(an_instant_is_now_unless_it_is_given) {
    BOOST_TEST(query({{"expr", "load"}})->at("result")[0]["value"][1] == "3");
    const auto before = unix_ms(clock.wall()) - 60'000;
    BOOST_TEST(query({{"expr", "load"}, {"at_unix_ms", before}})->at("result")[0]["value"][1] == "1");
}

BOOST_AUTO_TEST_CASE(a_range_ends_at_its_time_and_has_a_step_of_its_own_or_one_that_fits) {
    const auto values = query({{"expr", "load"}, {"since_ms", 60'000}, {"step_ms", 30'000}})->at("result")[0]["values"];
    BOOST_REQUIRE(values.size() == 3u);
    BOOST_TEST(values[0][1] == "1");
    BOOST_TEST(values[1][1] == "1");
    BOOST_TEST(values[2][1] == "3");
    // 61 at each second of a minute; 241 of an hour, a quarter of a minute apart.
    BOOST_TEST(query({{"expr", "1"}, {"since_ms", 60'000}})->at("result")[0]["values"].size() == 61u);
    BOOST_TEST(query({{"expr", "1"}, {"since_ms", 3'600'000}})->at("result")[0]["values"].size() == 241u);
}

BOOST_AUTO_TEST_CASE(wrong_questions_are_told) {
    BOOST_TEST(problem(Json::object()) == "query: argument 'expr' is missing");
    BOOST_TEST(problem({{"expr", "load"}, {"sicne_ms", 1}}) ==
               "query does not take 'sicne_ms', did you mean 'since_ms'?");
    BOOST_TEST(problem({{"expr", "load"}, {"step_ms", 1}}) ==
               "query: a step needs a range: how far back shall it begin?");
    BOOST_TEST(problem({{"expr", "load"}, {"since_ms", 0}}) ==
               "query: argument 'since_ms' must be from 1 to 9007199254740992");
    BOOST_TEST(problem({{"expr", "load"}, {"timeout_ms", 25'001}}) ==
               "query: argument 'timeout_ms' must be from 1 to 25000");
    BOOST_TEST(problem({{"expr", "load"}, {"at_unix_ms", "now"}}) ==
               "query: argument 'at_unix_ms' must be a whole number");
    BOOST_TEST(problem({{"expr", "sum(load"}}).starts_with("1:9: parse error: "));
    BOOST_TEST(problem({{"expr", "load"}, {"since_ms", int64_t{1} << 53}, {"at_unix_ms", -(int64_t{1} << 53)}}) ==
               "answered");
}

BOOST_AUTO_TEST_SUITE_END()
