// The words of `vigie query`, and what it says of an error.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"
#include "controller/cli/commands.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Line {
    std::ostringstream out;
    std::ostringstream err;
    Request asked;
    Result<Json> answer = Json{{"resultType", "vector"}, {"result", Json::array()}};

    int run(std::vector<std::string> words) {
        words.insert(words.begin(), "query");
        out.str("");
        err.str("");
        asked = {};
        const Surroundings world{
            .ask =
                [this](const Door&, const Request& request) {
                    asked = request;
                    return answer;
                },
            .make_key = {},
            .now_unix_ms = [] { return int64_t{1'700'000'100'000}; },
            .pause = [](milliseconds) { return false; },
            .environment = {},
            .out = out,
            .err = err,
        };
        return run_cli(words, world);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_query, Line)

BOOST_AUTO_TEST_CASE(only_what_was_written_is_asked) {
    BOOST_TEST(run({"sum(load)"}) == 0);
    BOOST_TEST(asked.verb == "query");
    BOOST_TEST((asked.arguments == Json{{"expr", "sum(load)"}}));
    BOOST_TEST(out.str() == "no series at this time\n");
}

BOOST_AUTO_TEST_CASE(times_are_rfc_3339_or_seconds) {
    BOOST_TEST(run({"load", "--at", "2027-01-15T08:00:00Z", "--since", "1h", "--step", "30s", "--timeout", "5s"}) == 0);
    BOOST_TEST((asked.arguments == Json{{"expr", "load"},
                                        {"at_unix_ms", 1'800'000'000'000},
                                        {"since_ms", 3'600'000},
                                        {"step_ms", 30'000},
                                        {"timeout_ms", 5'000}}));
    BOOST_TEST(run({"load", "--at", "1800000000.25"}) == 0);
    BOOST_TEST(asked.arguments["at_unix_ms"] == 1'800'000'000'250);
}

BOOST_AUTO_TEST_CASE(a_chart_is_of_the_last_hour_unless_told_otherwise) {
    BOOST_TEST(run({"load", "--plot"}) == 0);
    BOOST_TEST(asked.arguments["since_ms"] == 3'600'000);
    BOOST_TEST(run({"load", "--plot", "--since", "1d"}) == 0);
    BOOST_TEST(asked.arguments["since_ms"] == 86'400'000);
}

BOOST_AUTO_TEST_CASE(wrong_words_are_refused_before_anything_is_asked) {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {""},
        {"load", "--at", "yesterday"},
        {"load", "--at", "."},
        {"load", "--step", "30"},
        {"load", "--step", "30s"},  // of no range
        {"load", "--since", "soon"},
        {"load", "-l", "env=prod"},
        {"load", "more"},
    };
    for (const auto& words : wrong) {
        BOOST_TEST(run(words) == 2, (words.empty() ? "no words" : words.back()));
        BOOST_TEST(asked.verb == "");
        BOOST_TEST(err.str().starts_with("vigie: "));
    }
}

BOOST_AUTO_TEST_CASE(an_error_shows_the_place_in_the_expression) {
    answer = fail(ErrorCode::malformed, "1:6: parse error: expected something else");
    BOOST_TEST(run({"rate(load)"}) == 2);
    BOOST_TEST(err.str() ==
               "vigie: 1:6: parse error: expected something else\n"
               "  rate(load)\n"
               "       ^\n");
    BOOST_TEST(run({"rate(load)", "-o", "json"}) == 2);
    BOOST_TEST(Json::parse(err.str())["error"]["code"] == "malformed");
    answer = fail(ErrorCode::too_large, "the query took longer than 20s");
    BOOST_TEST(run({"load"}) == 1);
    BOOST_TEST(err.str() == "vigie: the query took longer than 20s\n");
}

BOOST_AUTO_TEST_SUITE_END()
