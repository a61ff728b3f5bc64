#include "tests/unit/controller/web/api_world.hpp"

using namespace vigie;
using controller::web::PrometheusApi;

BOOST_FIXTURE_TEST_SUITE(api_series, tests::ApiWorld)

BOOST_AUTO_TEST_CASE(series_of_any_of_the_selectors_each_once) {
    BOOST_TEST(data(&PrometheusApi::series, "match[]=load&match[]={instance=%22web-1%22}").dump() ==
               R"([{"__name__":"load","disk":"a","instance":"db-1"},{"__name__":"load","instance":"web-1"},)"
               R"({"__name__":"node_boot_time_seconds","instance":"web-1"}])");
    BOOST_TEST(data(&PrometheusApi::series, "match[]=none").dump() == "[]");
}

BOOST_AUTO_TEST_CASE(only_series_with_samples_in_the_time) {
    BOOST_TEST(data(&PrometheusApi::series, "match[]=load&start=1001&end=2000").size() == 1u);
    BOOST_TEST(data(&PrometheusApi::series, "match[]=load&end=1000").size() == 2u);
    BOOST_TEST(data(&PrometheusApi::series, "match[]=load&start=1021").size() == 0u);
}

BOOST_AUTO_TEST_CASE(wrong_listings_are_refused) {
    BOOST_TEST(problem(&PrometheusApi::series, "") == "400 bad_data: no match[] parameter provided");
    BOOST_TEST(
        problem(&PrometheusApi::series, "match[]=load&x=%zz").starts_with("400 bad_data: error parsing form values: "));
    BOOST_TEST(problem(&PrometheusApi::series, "match[]=load&start=x")
                   .starts_with("400 bad_data: invalid parameter \"start\": "));
    BOOST_TEST(problem(&PrometheusApi::labels, "match[]=load{").starts_with("400 bad_data: 1:"));
    BOOST_TEST(problem(&PrometheusApi::label_values, "", "not-a-label") ==
               "400 bad_data: invalid label name: \"not-a-label\"");
    limits.query.series_max = 1;
    BOOST_TEST(problem(&PrometheusApi::series, "match[]=load").starts_with("422 execution: "));
}

BOOST_AUTO_TEST_CASE(names_and_values_of_labels) {
    BOOST_TEST(data(&PrometheusApi::labels, "").dump() == R"(["__name__","disk","instance"])");
    BOOST_TEST(data(&PrometheusApi::labels, "match[]={instance='web-1'}").dump() == R"(["__name__","instance"])");
    BOOST_TEST(data(&PrometheusApi::label_values, "", "__name__").dump() == R"(["load","node_boot_time_seconds"])");
    BOOST_TEST(data(&PrometheusApi::label_values, "match[]=load", "instance").dump() == R"(["db-1","web-1"])");
    BOOST_TEST(data(&PrometheusApi::label_values, "match[]=load&start=1001", "instance").dump() == R"(["web-1"])");
    BOOST_TEST(data(&PrometheusApi::label_values, "", "nobody").dump() == "[]");
}

BOOST_AUTO_TEST_CASE(a_list_that_is_too_long_is_refused) {
    limits.names_max = 2;
    BOOST_TEST(problem(&PrometheusApi::labels, "").starts_with("422 execution: there are more than 2"));
    BOOST_TEST(problem(&PrometheusApi::labels, "match[]=load").starts_with("422 execution: there are more than 2"));
}

BOOST_AUTO_TEST_CASE(metadata_of_what_is_stored) {
    BOOST_TEST(data(&PrometheusApi::metadata, "").dump() ==
               R"({"load":[{"help":"","type":"unknown","unit":""}],"node_boot_time_seconds":[{"help":)"
               R"("When the host booted, in Unix time","type":"gauge","unit":"seconds"}]})");
    BOOST_TEST(data(&PrometheusApi::metadata, "metric=load").size() == 1u);
    BOOST_TEST(data(&PrometheusApi::metadata, "metric=none").dump() == "{}");
    BOOST_TEST(data(&PrometheusApi::metadata, "limit=1").size() == 1u);
    BOOST_TEST(data(&PrometheusApi::metadata, "limit=0").dump() == "{}");
    BOOST_TEST(data(&PrometheusApi::metadata, "limit=-1").size() == 2u);
    BOOST_TEST(problem(&PrometheusApi::metadata, "limit=x") == "400 bad_data: limit must be a number");
}

BOOST_AUTO_TEST_CASE(the_version_is_that_of_the_api) {
    BOOST_TEST(data(&PrometheusApi::build_info, "")["version"] == "2.42.0");
}

BOOST_AUTO_TEST_SUITE_END()
