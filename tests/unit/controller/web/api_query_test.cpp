// Errors and their words are Prometheus 2.42's (web/api/v1); the judge http-api asks it the same.
#include "tests/unit/controller/web/api_world.hpp"

using namespace vigie;
using controller::web::PrometheusApi;

BOOST_FIXTURE_TEST_SUITE(api_query, tests::ApiWorld)

BOOST_AUTO_TEST_CASE(an_instant_is_asked_at_a_time) {
    BOOST_TEST(data(&PrometheusApi::query, "query=load{instance=%22web-1%22}&time=1010").dump() ==
               R"({"result":[{"metric":{"__name__":"load","instance":"web-1"},"value":[1010,"1.01"]}],)"
               R"("resultType":"vector"})");
    BOOST_TEST(data(&PrometheusApi::query, "query=1%2B1&time=5")["result"].dump() == R"([5,"2"])");
    const auto now = static_cast<double>(unix_ms(clock.wall())) / 1000;
    BOOST_TEST(data(&PrometheusApi::query, "query=time()")["result"][0].get<double>() == now);
}

BOOST_AUTO_TEST_CASE(a_range_has_both_ends) {
    const auto values = data(&PrometheusApi::query_range,
                             "query=load{instance='web-1'}&start=1000&end=1020&step=10")["result"][0]["values"];
    BOOST_TEST(values.dump() == R"([[1000,"1"],[1010,"1.01"],[1020,"1.02"]])");
    BOOST_TEST(data(&PrometheusApi::query_range, "query=1&start=7&end=7&step=1h")["result"][0]["values"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(wrong_instants_are_refused) {
    BOOST_TEST(problem(&PrometheusApi::query, "query=load&time=x") ==
               "400 bad_data: invalid parameter \"time\": Invalid time value for 'time': cannot parse \"x\" to a valid "
               "timestamp");
    BOOST_TEST(problem(&PrometheusApi::query, "query=load&timeout=x") ==
               "400 bad_data: invalid parameter \"timeout\": cannot parse \"x\" to a valid duration");
    BOOST_TEST(problem(&PrometheusApi::query, "query=sum(")
                   .starts_with("400 bad_data: invalid parameter \"query\": 1:5: parse error: "));
    BOOST_TEST(problem(&PrometheusApi::query, "").starts_with("400 bad_data: invalid parameter \"query\": "));
}

BOOST_AUTO_TEST_CASE(wrong_ranges_are_refused) {
    const auto range = [this](const std::string& form) { return problem(&PrometheusApi::query_range, form); };
    BOOST_TEST(range("query=load") ==
               "400 bad_data: invalid parameter \"start\": cannot parse \"\" to a valid timestamp");
    BOOST_TEST(range("query=load&start=2&end=1&step=1") ==
               "400 bad_data: invalid parameter \"end\": end timestamp must not be before start time");
    BOOST_TEST(range("query=load&start=1&end=2") ==
               "400 bad_data: invalid parameter \"step\": cannot parse \"\" to a valid duration");
    BOOST_TEST(range("query=load&start=1&end=2&step=0").find("zero or negative query resolution") != std::string::npos);
    BOOST_TEST(range("query=load&start=1&end=2&step=0.0001").find("a millisecond at least") != std::string::npos);
    BOOST_TEST(range("query=load&start=0&end=11001&step=1")
                   .starts_with("400 bad_data: exceeded maximum resolution of 11,000"));
    BOOST_TEST(data(&PrometheusApi::query_range, "query=1&start=0&end=11000&step=1")["result"][0]["values"].size() ==
               11'001u);
    BOOST_TEST(
        range("query=load[5m]&start=1&end=2&step=1") ==
        "400 bad_data: invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
    BOOST_TEST(range("query=sum(&start=1&end=2&step=1").starts_with("400 bad_data: 1:5: parse error: "));
}

BOOST_AUTO_TEST_CASE(what_fails_while_it_runs_is_told_apart) {
    BOOST_TEST(problem(&PrometheusApi::query, "query=load%2Bon()load&time=1000").starts_with("422 execution: "));
    BOOST_TEST(problem(&PrometheusApi::query, "query=1&timeout=0").starts_with("503 timeout: query timed out"));
    cancelled = true;
    BOOST_TEST(problem(&PrometheusApi::query, "query=sum_over_time(vector(1)[20m:1ms])").starts_with("503 canceled: "));
    cancelled = false;
    limits.query.samples_max = 2;
    BOOST_TEST(problem(&PrometheusApi::query, "query=load[1m]&time=1020").starts_with("422 execution: "));
}

BOOST_AUTO_TEST_CASE(time_in_the_queue_counts) {
    const PrometheusApi api(store, clock, limits);
    const controller::web::ApiCall call{.form = controller::web::parse_form("query=1&timeout=5").value(),
                                        .taken_at = clock.mono()};
    clock.advance(4s);
    BOOST_TEST(api.query(call, cancelled).has_value());
    clock.advance(1s);
    const auto late = api.query(call, cancelled);
    BOOST_REQUIRE(!late);
    BOOST_TEST(status_of(late.error().kind) == 503);
}

BOOST_AUTO_TEST_CASE(there_are_no_exemplars) {
    BOOST_TEST(data(&PrometheusApi::query_exemplars, "query=load&start=1&end=2").dump() == "[]");
    BOOST_TEST(ask(&PrometheusApi::query_exemplars, "query=1")->status == 204);
    BOOST_TEST(problem(&PrometheusApi::query_exemplars, "query=load&start=2&end=1") ==
               "400 bad_data: end timestamp must not be before start timestamp");
    BOOST_TEST(problem(&PrometheusApi::query_exemplars, "query=").starts_with("400 bad_data: "));
}

BOOST_AUTO_TEST_CASE(an_expression_is_printed) {
    BOOST_TEST(data(&PrometheusApi::format_query, "query=sum+by(a)(load{b='c'})") == "sum by (a) (load{b=\"c\"})");
    BOOST_TEST(
        problem(&PrometheusApi::format_query, "query=)").starts_with("400 bad_data: invalid parameter \"query\": "));
}

BOOST_AUTO_TEST_SUITE_END()
