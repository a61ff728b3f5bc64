#include "controller/web/routes.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::controller::web;

BOOST_AUTO_TEST_SUITE(routes)

BOOST_AUTO_TEST_CASE(paths_are_those_of_prometheus) {
    BOOST_TEST((route_of("/api/v1/query")->answer == &PrometheusApi::query));
    BOOST_TEST((route_of("/api/v1/query_range")->answer == &PrometheusApi::query_range));
    BOOST_TEST(route_of("/api/v1/series")->takes_post);
    BOOST_TEST(!route_of("/api/v1/metadata")->takes_post);
    for (const auto* none : {"/", "/api/v1", "/api/v1/", "/api/v1/query/", "/API/v1/query", "/api/v2/query", ""}) {
        BOOST_TEST(!route_of(none).has_value(), none);
    }
}

BOOST_AUTO_TEST_CASE(a_label_stands_in_its_path) {
    const auto route = route_of("/api/v1/label/job/values").value();
    BOOST_TEST(route.label == "job");
    BOOST_TEST(!route.takes_post);
    BOOST_TEST(route_of("/api/v1/label/0 x/values")->label == "0 x");  // which the answer refuses
    BOOST_TEST(!route_of("/api/v1/label//values").has_value());
    BOOST_TEST(!route_of("/api/v1/label/a/b/values").has_value());
    BOOST_TEST(!route_of("/api/v1/label/job").has_value());
}

BOOST_AUTO_TEST_CASE(health_is_two_paths) {
    BOOST_TEST(is_health_path("/-/healthy"));
    BOOST_TEST(is_health_path("/-/ready"));
    BOOST_TEST(!is_health_path("/-/quit"));
}

BOOST_AUTO_TEST_SUITE_END()
