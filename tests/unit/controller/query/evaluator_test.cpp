#include "controller/query/evaluator.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

BOOST_AUTO_TEST_SUITE(evaluator)

BOOST_AUTO_TEST_CASE(computes_scalars) {
    Asked fleet;
    BOOST_TEST(fleet.at("1 + 2 * 3 ^ 2 - -1", 0) == "20");
    BOOST_TEST(fleet.at("7 % 4 == bool 3", 0) == "1");
    BOOST_TEST(fleet.at("time() / 2", 30) == "15");
    BOOST_TEST(fleet.at("pi()", 0) == "3.141592653589793");
    BOOST_TEST(fleet.over("-time()", 1, 2, 1) == "1:-1 2:-2");
}

BOOST_AUTO_TEST_CASE(a_vector_is_a_scalar_only_where_it_has_one_value) {
    Asked fleet;
    fleet.add({{"__name__", "a"}, {"n", "1"}}, {1, 1, stale}).add({{"__name__", "a"}, {"n", "2"}}, {2, stale});
    BOOST_TEST(fleet.over("scalar(a)", 0, 20, 10) == "0:NaN 10:1 20:NaN");
}

BOOST_AUTO_TEST_CASE(a_negative_vector_has_no_name) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1});
    BOOST_TEST(fleet.at("-a", 0) == "-1");
    BOOST_TEST(fleet.at("+a", 0) == "a 1");
}

// The parameter of each step, and of the one step at which a pinned operand is read.
BOOST_AUTO_TEST_CASE(a_pinned_operand_is_the_same_at_each_step) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 2, 3});
    BOOST_TEST(fleet.over("a @ 10", 0, 20, 10) == "a 0:2 10:2 20:2");
    BOOST_TEST(fleet.over("sum(a @ end()) - sum(a)", 0, 20, 10) == "0:2 10:1 20:0");
    BOOST_TEST(fleet.over("quantile(time() / 20, a @ 10)", 0, 20, 10) == "0:2 10:2 20:2");
    BOOST_TEST(fleet.over("predict_linear(a[20s] @ 20, 0)", 20, 40, 10) == "20:3 30:4 40:5");
}

BOOST_AUTO_TEST_CASE(the_deepest_expressions_fit_on_the_stack) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1});
    const auto nested = [](std::string inner, const std::string& before, const std::string& after, int times) {
        for (int i = 0; i < times; ++i) {
            inner = before + inner + after;
        }
        return inner;
    };
    BOOST_TEST(fleet.at(nested("a", "abs(", ")", 250), 0) == "1");
    BOOST_TEST(fleet.at(nested("a", "(", ")", 250), 0) == "a 1");
    BOOST_TEST(fleet.at(nested("a", "a + ", "", 250), 0) == "251");
    BOOST_TEST(fleet.at(nested("a", "sum(", ")", 250), 0) == "1");
    BOOST_TEST(fleet.at(nested("a", "max_over_time(", "[1m:1m])", 120), 60) == "1");
    BOOST_TEST(fleet.at(nested("1", "(", " + 1)", 120), 0) == "121");
}

BOOST_AUTO_TEST_CASE(errors_name_the_place_of_their_construct) {
    Asked fleet;
    fleet.add({{"__name__", "a"}, {"n", "1"}}, {1}).add({{"__name__", "a"}, {"n", "2"}}, {2});
    BOOST_TEST(fleet.at("sum(a) +\n(a + on() a)", 0).starts_with("2:4: found duplicate series"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests
