#include <boost/test/unit_test.hpp>

#include "controller/query/aggregate.hpp"
#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

struct Race : Asked {
    Race() {
        add({{"__name__", "a"}, {"n", "1"}}, {5, 1});
        add({{"__name__", "a"}, {"n", "2"}}, {std::nan(""), 2});
        add({{"__name__", "a"}, {"n", "3"}}, {7, 3});
        add({{"__name__", "a"}, {"n", "4"}}, {6, 9});
    }
};

BOOST_FIXTURE_TEST_SUITE(aggregate_top, Race)

BOOST_AUTO_TEST_CASE(takes_the_best_in_their_order) {
    BOOST_TEST(at("topk(2, a)", 0) == R"(a{n="3"} 7; a{n="4"} 6)");
    BOOST_TEST(at("bottomk(2, a)", 0) == R"(a{n="1"} 5; a{n="4"} 6)");
    BOOST_TEST(at("topk(1, a)", 0) == R"(a{n="3"} 7)");
    BOOST_TEST(at("topk(9, a)", 0) == R"(a{n="3"} 7; a{n="4"} 6; a{n="1"} 5; a{n="2"} NaN)");
}

BOOST_AUTO_TEST_CASE(takes_none_for_less_than_one_and_refuses_what_is_no_number) {
    BOOST_TEST(at("topk(0.9, a)", 0) == "");
    BOOST_TEST(at("topk(-1, a)", 0) == "");
    BOOST_TEST(at("topk(NaN, a)", 0) == "1:1: topk: NaN is no number of series");
    BOOST_TEST(at("bottomk(1e30, a)", 0) == "1:1: bottomk: 1e+30 is no number of series");
}

BOOST_AUTO_TEST_CASE(chooses_at_each_step_anew) {
    BOOST_TEST(over("topk(1, a)", 0, 10, 10) == R"(a{n="3"} 0:7; a{n="4"} 10:9)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
