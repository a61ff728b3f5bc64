// The form of answers is that of Prometheus's HTTP API (querying/api/#expression-query-result-formats).
#include "controller/app/query_answer.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/operator/requests.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);

struct Answered : tests::Stored {
    tests::ManualClock clock;
    QueryLimits limits;
    std::atomic<bool> cancelled = false;

    Answered() {
        add_series(1, "web-1", "load");
        add_row("web-1", start, {1}, {0.5});
        add_row("web-1", start + 10s, {1}, {2});
    }
    Result<Json> ask(const std::string& expr, milliseconds since = 0ms, milliseconds step = 10s) {
        const QueryWish wish{.expr = expr, .at = start + 10s, .since = since, .step = step, .timeout = 20s};
        return decode_answer(answer_query(store, clock, wish, limits, cancelled));
    }
    std::string problem(const std::string& expr, milliseconds since = 0ms) {
        const auto answer = ask(expr, since);
        return answer ? "answered" : fmt::format("{}: {}", name_of(answer.error().code), answer.error().message);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(query_answer, Answered)

BOOST_AUTO_TEST_CASE(each_type_has_the_form_of_prometheus) {
    BOOST_TEST(ask("load")->dump() ==
               R"({"result":[{"metric":{"__name__":"load","instance":"web-1"},"value":[1800000010,"2"]}],)"
               R"("resultType":"vector"})");
    BOOST_TEST(ask("load", 10s)->dump() ==
               R"({"result":[{"metric":{"__name__":"load","instance":"web-1"},)"
               R"("values":[[1800000000,"0.5"],[1800000010,"2"]]}],"resultType":"matrix"})");
    BOOST_TEST(ask("load[1m]")->at("resultType") == "matrix");
    BOOST_TEST(ask("1 / 0")->dump() == R"({"result":[1800000010,"+Inf"],"resultType":"scalar"})");
    BOOST_TEST(ask("'a\"b'")->dump() == R"({"result":[1800000010,"a\"b"],"resultType":"string"})");
    BOOST_TEST(ask("none")->dump() == R"({"result":[],"resultType":"vector"})");
    BOOST_TEST(ask("1", 10s)->dump() ==
               R"({"result":[{"metric":{},"values":[[1800000000,"1"],[1800000010,"1"]]}],"resultType":"matrix"})");
}

BOOST_AUTO_TEST_CASE(an_error_names_construct_and_column) {
    BOOST_TEST(problem("rate(load)") ==
               "malformed: 1:6: parse error: expected type range vector in argument 1 of function 'rate', found "
               "instant vector");
    BOOST_TEST(problem("load[1m]", 10s).starts_with("malformed: a range query needs a scalar or an instant vector"));
}

BOOST_AUTO_TEST_CASE(limits_end_a_query) {
    limits.results_max = 1;
    BOOST_TEST(problem("load", 10s).starts_with("too_large: the answer has 2 samples, more than 1: aggregate"));
    limits = {.samples_max = 2};
    BOOST_TEST(problem("load[1m]").starts_with("too_large: the query needs more than 2 samples"));
    limits = {.series_max = 0};
    BOOST_TEST(problem("load").starts_with("too_large: the selection has more than 0 series"));
    limits = {};
    // 10,000 days by the second.
    const QueryWish wish{.expr = "load", .at = start, .since = 24h * 10'000, .step = 1s, .timeout = 20s};
    const auto answer = decode_answer(answer_query(store, clock, wish, limits, cancelled));
    BOOST_TEST(answer.error().message.starts_with("a range query has 864000001 steps, more than 11001"));
}

BOOST_AUTO_TEST_CASE(time_and_cancellation_end_a_query) {
    // Each look at the clock finds it a second later.
    struct Hurrying final : Clock {
        mutable int looks = 0;
        MonoTime mono() const override { return MonoTime{1h + seconds{++looks}}; }
        WallTime wall() const override { return start; }
    } hurrying;
    const std::string much = "sum_over_time((load)[20m:1ms])";  // 1,200,001 steps
    const QueryWish wish{.expr = much, .at = start, .timeout = 2s};
    const auto slow = decode_answer(answer_query(store, hurrying, wish, limits, cancelled));
    BOOST_TEST((slow.error().code == ErrorCode::too_large));
    BOOST_TEST(slow.error().message.starts_with("the query took longer than 2s"));
    cancelled = true;
    BOOST_TEST(problem(much) == "cancelled: the query was cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
