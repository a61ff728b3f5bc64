// The form of answers is that of Prometheus's HTTP API (querying/api/#expression-query-result-formats).
#include "controller/web/value_json.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
const WallTime at = wall_from_unix_ms(1'800'000'010'500);

query::Value matrix_of(std::vector<query::Sample> samples) {
    query::Value value{.type = query::ValueType::matrix};
    value.series.push_back({.labels = {{"a", "b"}, {"c", "d"}}, .samples = std::move(samples)});
    return value;
}
query::Value scalar_of(double number) {
    query::Value value{.type = query::ValueType::scalar};
    value.series.push_back({.labels = {}, .samples = {{unix_ms(at), number}}});
    return value;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(value_json)

BOOST_AUTO_TEST_CASE(each_type_has_its_form) {
    query::Value value{.type = query::ValueType::vector};
    BOOST_TEST(web::result_json(value, at) == R"({"resultType":"vector","result":[]})");
    value.series.push_back({.labels = {{"__name__", "up"}}, .samples = {{1'500, 0.25}}});
    value.series.push_back({.labels = {}, .samples = {{2'000, -1}}});
    BOOST_TEST(web::result_json(value, at) ==
               R"({"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[1.500,"0.25"]},)"
               R"({"metric":{},"value":[2,"-1"]}]})");
    BOOST_TEST(web::result_json(scalar_of(2), at) == R"({"resultType":"scalar","result":[1800000010.5,"2"]})");
    const query::Value text{.type = query::ValueType::string, .text = "a\"b"};
    BOOST_TEST(web::result_json(text, at) == R"({"resultType":"string","result":[1800000010.5,"a\"b"]})");
}

// Go's strconv with 'f', and 'e' below 1e-6 and from 1e21, as util/jsonutil says; scalars have 'f' always.
BOOST_AUTO_TEST_CASE(numbers_are_written_as_prometheus_writes_them) {
    BOOST_TEST(
        web::result_json(matrix_of({{1'005, 1e-7},
                                    {-1'500, NAN},
                                    {2'000, -INFINITY},
                                    {3'000, 1e21},
                                    {4'000, 1e20},
                                    {5'000, 0.000001},
                                    {6'000, -0.0}}),
                         at) ==
        R"({"resultType":"matrix","result":[{"metric":{"a":"b","c":"d"},"values":[[1.005,"1e-07"],[-1.500,"NaN"],)"
        R"([2,"-Inf"],[3,"1e+21"],[4,"100000000000000000000"],[5,"0.000001"],[6,"-0"]]}]})");
    BOOST_TEST(web::result_json(scalar_of(1e-7), at).find(R"("0.0000001")") != std::string::npos);
    BOOST_TEST(web::result_json(scalar_of(1e21), at).find(R"("1000000000000000000000")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(labels_that_are_no_utf8_are_still_json) {
    query::Value value{.type = query::ValueType::vector};
    value.series.push_back({.labels = {{"a", "\xff\"\n"}}, .samples = {{0, 1}}});
    const auto read = nlohmann::json::parse(web::result_json(value, at), nullptr, false);
    BOOST_REQUIRE(!read.is_discarded());
    BOOST_TEST(read["result"][0]["metric"]["a"] == "\xef\xbf\xbd\"\n");
}

BOOST_AUTO_TEST_SUITE_END()
