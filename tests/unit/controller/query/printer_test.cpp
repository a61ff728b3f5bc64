#include <boost/test/unit_test.hpp>

#include "controller/query/parser.hpp"

namespace vigie::controller::query {
namespace {

std::string printed(std::string_view text) {
    const auto expr = parse_tree(text);
    BOOST_REQUIRE_MESSAGE(expr, text);
    return print(**expr);
}

BOOST_AUTO_TEST_SUITE(printer)

BOOST_AUTO_TEST_CASE(writes_as_prometheus_does) {
    BOOST_TEST(printed("SUM(rate(a{c='d',b=~\"e\"}[5m])) BY(x,y)") == "sum by (x, y) (rate(a{b=~\"e\",c=\"d\"}[5m]))");
    BOOST_TEST(printed("a>bool on(x)group_left(y)b") == "a > bool on (x) group_left (y) b");
    BOOST_TEST(printed("a[90s:]offset 1d@start()") == "a[1m30s:] @ start() offset 1d");
    BOOST_TEST(printed("a@1.5 offset -5m") == "a @ 1.500 offset -5m");
    BOOST_TEST(printed("topk without(a)(0x10,b)") == "topk without (a) (16, b)");
    BOOST_TEST(printed("{__name__=\"a\"}") == "{__name__=\"a\"}");
    BOOST_TEST(printed("label_replace(a,'b',`c`,\"d\\n\",'')") == "label_replace(a, \"b\", \"c\", \"d\\n\", \"\")");
}

BOOST_AUTO_TEST_CASE(reads_back_as_the_same) {
    for (const auto* text :
         {"-1 ^ 2", "(-1) ^ 2", "2 ^ -1 ^ 2", "Inf ^ 2", "-(a) + +b", "a - -1", "-Inf", "1e-07", "1e+21",
          "sum without () (a)", "a and on () b", "a * ignoring () group_left () b", "a[1w:1ms] @ end()"}) {
        const auto once = printed(text);
        BOOST_TEST(printed(once) == once);
        BOOST_TEST(once == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
