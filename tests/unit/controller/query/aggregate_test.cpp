#include "controller/query/aggregate.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

const double nan = std::nan("");

struct Shop : Asked {
    Shop() {
        add({{"__name__", "a"}, {"shop", "x"}, {"till", "1"}}, {1});
        add({{"__name__", "a"}, {"shop", "x"}, {"till", "2"}}, {3});
        add({{"__name__", "a"}, {"shop", "y"}, {"till", "1"}}, {8});
    }
};

BOOST_FIXTURE_TEST_SUITE(aggregate, Shop)

BOOST_AUTO_TEST_CASE(aggregates_all_by_or_without_labels) {
    BOOST_TEST(at("sum(a)", 0) == "12");
    BOOST_TEST(at("sum by (shop) (a)", 0) == R"({shop="x"} 4; {shop="y"} 8)");
    BOOST_TEST(at("sum without (till) (a)", 0) == R"({shop="x"} 4; {shop="y"} 8)");
    BOOST_TEST(at("sum by (none) (a)", 0) == "12");
    BOOST_TEST(at("count by (__name__) (a)", 0) == "a 3");
    BOOST_TEST(at("sum(nothing)", 0) == "");
}

BOOST_AUTO_TEST_CASE(computes_each_aggregation) {
    BOOST_TEST(at("avg(a)", 0) == "4");
    BOOST_TEST(at("min(a)", 0) == "1");
    BOOST_TEST(at("max(a)", 0) == "8");
    BOOST_TEST(at("count(a)", 0) == "3");
    BOOST_TEST(at("group(a)", 0) == "1");
    BOOST_TEST(at("stdvar by (shop) (a)", 0) == R"({shop="x"} 1; {shop="y"} 0)");  // (1² + 1²) / 2
    BOOST_TEST(at("stddev by (shop) (a)", 0) == R"({shop="x"} 1; {shop="y"} 0)");
    BOOST_TEST(at("quantile(0.5, a)", 0) == "3");
    BOOST_TEST(at("quantile by (shop) (0.5, a)", 0) == R"({shop="x"} 2; {shop="y"} 8)");
}

BOOST_AUTO_TEST_CASE(counts_values_in_a_label) {
    BOOST_TEST(at("count_values(\"v\", a > bool 2)", 0) == R"({v="0"} 1; {v="1"} 2)");
    BOOST_TEST(at("count_values by (shop) (\"v\", a)", 0) ==
               R"({shop="x",v="1"} 1; {shop="x",v="3"} 1; {shop="y",v="8"} 1)");
    BOOST_TEST(at("count_values without (till) (\"shop\", a)", 0) == R"({shop="1"} 1; {shop="3"} 1; {shop="8"} 1)");
    BOOST_TEST(at("count_values(\"a b\", a)", 0) == R"(1:1: count_values: "a b" is no label name)");
}

BOOST_AUTO_TEST_CASE(a_group_has_values_where_a_member_has) {
    add({{"__name__", "b"}, {"part", "1"}}, {1, 1, stale});
    add({{"__name__", "b"}, {"part", "2"}}, {stale, 5, 5, stale});
    BOOST_TEST(over("sum(b)", 0, 30, 10) == "0:1 10:6 20:5");
    BOOST_TEST(over("count(b)", 0, 30, 10) == "0:1 10:2 20:1");
    BOOST_TEST(over("avg(b)", 0, 30, 10) == "0:1 10:3 20:5");
    BOOST_TEST(over("stdvar(b)", 0, 30, 10) == "0:0 10:4 20:0");
    BOOST_TEST(over("quantile(1, b)", 0, 30, 10) == "0:1 10:5 20:5");
}

BOOST_AUTO_TEST_CASE(nan_gives_way_to_numbers_and_infinity_stays) {
    add({{"__name__", "c"}, {"n", "1"}}, {nan}).add({{"__name__", "c"}, {"n", "2"}}, {2});
    add({{"__name__", "d"}, {"n", "1"}}, {INFINITY}).add({{"__name__", "d"}, {"n", "2"}}, {2});
    BOOST_TEST(at("max(c)", 0) == "2");
    BOOST_TEST(at("min(c)", 0) == "2");
    BOOST_TEST(at("sum(c)", 0) == "NaN");
    BOOST_TEST(at("avg(d)", 0) == "+Inf");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
