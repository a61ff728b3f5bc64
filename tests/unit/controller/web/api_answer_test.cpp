#include "controller/web/api_answer.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::web;

BOOST_AUTO_TEST_SUITE(api_answer)

// https://prometheus.io/docs/prometheus/2.42/querying/api/#format-overview
BOOST_AUTO_TEST_CASE(errors_have_the_status_codes_of_prometheus) {
    const std::vector<std::tuple<ErrorCode, int, std::string>> codes{
        {ErrorCode::conflict, 422, "execution"},  {ErrorCode::too_large, 422, "execution"},
        {ErrorCode::malformed, 422, "execution"}, {ErrorCode::timed_out, 503, "timeout"},
        {ErrorCode::cancelled, 503, "canceled"},  {ErrorCode::io, 500, "internal"},
        {ErrorCode::corrupt, 500, "internal"}};
    for (const auto& [code, status, name] : codes) {
        const auto response = error_response(execution_error({code, "why \"so\""}));
        BOOST_TEST(response.status == status);
        BOOST_TEST(response.body == R"({"status":"error","errorType":")" + name + R"(","error":"why \"so\""})");
        BOOST_TEST(response.content_type == "application/json");
    }
    BOOST_TEST(error_response({ApiErrorKind::bad_data, "x", {}}).status == 400);
    const auto refused = error_response({ApiErrorKind::unauthorized, "x", {{"WWW-Authenticate", "Bearer"}}});
    BOOST_TEST(refused.status == 401);
    BOOST_REQUIRE(refused.headers.size() == 1u);
    BOOST_TEST(refused.headers[0].value == "Bearer");
}

BOOST_AUTO_TEST_CASE(success_wraps_what_is_written_already) {
    BOOST_TEST(success_response("[1]").body == R"({"status":"success","data":[1]})");
}

BOOST_AUTO_TEST_CASE(texts_are_escaped) {
    BOOST_TEST(json_list({}) == "[]");
    BOOST_TEST(json_list({"a", "b\"\\", "\x01", "ü"}) == R"(["a","b\"\\","\u0001","ü"])");
    BOOST_TEST(json_list({"\xc3"}) == "[\"\xef\xbf\xbd\"]");
}

BOOST_AUTO_TEST_SUITE_END()
