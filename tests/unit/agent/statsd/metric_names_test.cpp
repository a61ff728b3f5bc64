// Names as statsd_exporter maps them.
#include "agent/statsd/metric_names.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(metric_names)

BOOST_AUTO_TEST_CASE(what_prometheus_does_not_have_becomes_an_underscore) {
    const auto valid = [](std::string_view name) {
        std::string out;
        append_valid_name(out, name);
        return out;
    };
    BOOST_TEST(valid("api.requests-total") == "api_requests_total");
    BOOST_TEST(valid("5xx") == "_5xx");
    BOOST_TEST(valid("a b:c/d") == "a_b_c_d");
    BOOST_TEST(valid("Größe") == "Gr__e");  // one for each character, not for each byte
    BOOST_TEST(valid("_ok_1") == "_ok_1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
