// Examples of promtool's documentation; tests/judges/rules compares with promtool.
#include "controller/rules/series_notation.hpp"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "controller/query/literals.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::rules {
namespace {

std::string values(std::string_view text) {
    const auto read = parse_values(text);
    if (!read) {
        return read.error().message;
    }
    std::string out;
    for (const auto& one : *read) {
        out += (out.empty() ? "" : " ") +
               (one ? std::bit_cast<uint64_t>(*one) == query::stale_bits ? "stale" : query::number_text(*one) : "_");
    }
    return out;
}

BOOST_AUTO_TEST_SUITE(series_notation)

BOOST_AUTO_TEST_CASE(expands_values) {
    BOOST_TEST(values("-2+4x3") == "-2 2 6 10");
    BOOST_TEST(values(" 1-2x4 ") == "1 -1 -3 -5 -7");
    BOOST_TEST(values("1x4") == "1 1 1 1 1");
    BOOST_TEST(values("1 _x3 stale _ 7") == "1 _ _ _ stale _ 7");
    BOOST_TEST(values("1e3 .5+.25x1 NaN +Inf -inf 1e-3") == "1000 0.5 0.75 NaN +Inf -Inf 0.001");
    BOOST_TEST(values("0x3") == "0 0 0 0");  // never hexadecimal
    BOOST_TEST(values("_x0 5x0") == "5");
    BOOST_TEST(values("").empty());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_value) {
    for (const auto* text : {"a", "1+2", "1+x3", "1x", "x3", "_3", "1 2+3x-1", "stale3", "1+2x3x4", "1x3.5", "--1"}) {
        BOOST_TEST(values(text).ends_with("write 1, 1x3, 1+2x3, _, _x3 or stale"), text);
    }
    BOOST_TEST(values("1x99999999") == "more than 1000000 values");
    BOOST_TEST(values("1x999999 1x999999") == "more than 1000000 values");
}

BOOST_AUTO_TEST_CASE(reads_a_series) {
    BOOST_TEST((parse_metric("up{job=\"node\", instance='a'}").value() ==
                query::Labels{{"__name__", "up"}, {"instance", "a"}, {"job", "node"}}));
    BOOST_TEST((parse_metric("{__name__=\"up\"}").value() == query::Labels{{"__name__", "up"}}));
    BOOST_TEST(parse_metric(" {} ").value().empty());
    BOOST_TEST((parse_metric("up").value() == query::Labels{{"__name__", "up"}}));
    BOOST_TEST(!parse_metric("up{job=~\"node\"}").has_value());
    BOOST_TEST(!parse_metric("up{job=\"a\",job=\"b\"}").has_value());
    BOOST_TEST(!parse_metric("up[5m]").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
