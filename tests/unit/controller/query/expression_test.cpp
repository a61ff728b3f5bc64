#include "controller/query/expression.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(expression)

BOOST_AUTO_TEST_CASE(keeps_its_text_and_tree_when_it_moves) {
    auto parsed = Expression::parse("sum(a)");
    BOOST_REQUIRE(parsed);
    const auto moved = std::move(*parsed);
    BOOST_TEST(moved.text() == "sum(a)");
    BOOST_TEST(print(moved.root()) == "sum(a)");
    BOOST_TEST((moved.type() == ValueType::vector));
}

BOOST_AUTO_TEST_CASE(tells_where_it_is_wrong) {
    const auto refused = Expression::parse("sum(a");
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().offset == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
