#include "controller/query/ast.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/query/parser.hpp"

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(ast)

BOOST_AUTO_TEST_CASE(lists_parts_from_left_to_right) {
    const auto expr = parse_tree("quantile(0.5, a) / ((b))");
    BOOST_REQUIRE(expr);
    const auto parts = parts_of(**expr);
    BOOST_REQUIRE(parts.size() == 2u);
    BOOST_TEST(parts_of(*parts[0]).size() == 2u);
    BOOST_TEST(print(bare(*parts[1])) == "b");
    BOOST_TEST((*expr)->depth == 4);  // the division, two pairs of parentheses, b
}

BOOST_AUTO_TEST_CASE(knows_kinds_of_operators) {
    BOOST_TEST(is_comparison(Operator::equal));
    BOOST_TEST(is_comparison(Operator::less_equal));
    BOOST_TEST(!is_comparison(Operator::atan2));
    BOOST_TEST(is_set_operator(Operator::logical_unless));
    BOOST_TEST(!is_set_operator(Operator::less_equal));
    BOOST_TEST(has_parameter(Aggregator::count_values));
    BOOST_TEST(!has_parameter(Aggregator::stdvar));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
