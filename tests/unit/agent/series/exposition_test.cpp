// Which format an answer is in.
#include "agent/series/exposition.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(exposition)

BOOST_AUTO_TEST_CASE(the_content_type_tells_the_format) {
    for (const auto* type : {"application/openmetrics-text", "Application/OpenMetrics-Text ; charset=utf-8",
                             "application/openmetrics-text;version=0.0.1"}) {
        BOOST_TEST((format_of(type) == ExpositionFormat::openmetrics), type);
    }
    for (const auto* type : {"", "text/plain; version=0.0.4", "text/html", "application/openmetrics-text2",
                             "application/vnd.google.protobuf", "text/plain; x=application/openmetrics-text"}) {
        BOOST_TEST((format_of(type) == ExpositionFormat::prometheus_text), type);
    }
}

BOOST_AUTO_TEST_CASE(each_format_is_read_by_its_own_rules) {
    size_t samples = 0;
    const auto count = [&](const ParsedSample&) { ++samples; };
    BOOST_TEST(parse_exposition(ExpositionFormat::prometheus_text, "a 1\n\n", count).has_value());
    BOOST_TEST(!parse_exposition(ExpositionFormat::openmetrics, "a 1\n\n", count).has_value());
    BOOST_TEST(parse_exposition(ExpositionFormat::openmetrics, "a 1\n# EOF\n", count).has_value());
    BOOST_TEST(samples == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
