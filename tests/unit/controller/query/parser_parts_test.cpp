#include "controller/query/parser_parts.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

std::string refused(std::string_view text) {
    const auto expr = parse_tree(text);
    return expr ? "read as " + print(**expr) : to_error(expr.error(), text).message;
}

BOOST_AUTO_TEST_SUITE(parser_parts)

BOOST_AUTO_TEST_CASE(reads_matchers_in_their_order) {
    const auto expr = parse_tree("a{b!=\"1\", c=~'2', d!~`3`,}");
    BOOST_REQUIRE(expr);
    const auto& selector = std::get<Selector>((*expr)->node);
    BOOST_REQUIRE(selector.matchers.size() == 4u);
    BOOST_TEST((selector.matchers[0].kind() == Matcher::Kind::not_equal));
    BOOST_TEST((selector.matchers[1].kind() == Matcher::Kind::regex));
    BOOST_TEST((selector.matchers[2].kind() == Matcher::Kind::not_regex));
    BOOST_TEST(selector.matchers[3].value() == "a");
}

BOOST_AUTO_TEST_CASE(reads_range_offset_and_time) {
    const auto expr = parse_tree("a[5m] offset -1h @ 1.5");
    BOOST_REQUIRE(expr);
    const auto& selector = std::get<Selector>((*expr)->node);
    BOOST_TEST(selector.range_ms == 300'000);
    BOOST_TEST(selector.shift.offset_ms == -3'600'000);
    BOOST_TEST((selector.shift.anchor == TimeShift::Anchor::time));
    BOOST_TEST(selector.shift.unix_ms == 1'500);
}

BOOST_AUTO_TEST_CASE(reads_subqueries) {
    const auto expr = parse_tree("a[1h:5m] @ end()");
    BOOST_REQUIRE(expr);
    const auto& subquery = std::get<Subquery>((*expr)->node);
    BOOST_TEST(subquery.range_ms == 3'600'000);
    BOOST_TEST(subquery.step_ms == 300'000);
    BOOST_TEST((subquery.shift.anchor == TimeShift::Anchor::end));
    BOOST_TEST(std::get<Subquery>((*parse_tree("a[1h:]"))->node).step_ms == 0);
}

BOOST_AUTO_TEST_CASE(says_what_may_not_follow) {
    BOOST_TEST(refused("(a)[5m]") ==
               "1:4: parse error: a range such as [5m] may only follow a selector; a subquery has a colon: [5m:]");
    BOOST_TEST(refused("a offset 5m[5m]") == "1:12: parse error: offset and @ stand after the range, not before it");
    BOOST_TEST(refused("a offset 5m offset 5m") == "1:13: parse error: 'offset' stands twice");
    BOOST_TEST(refused("a @ 1 @ 2") == "1:7: parse error: @ stands twice");
    BOOST_TEST(refused("1 offset 5m") == "1:3: parse error: 'offset' may only follow a selector or a subquery");
    BOOST_TEST(refused("sum(a) @ 5") == "1:8: parse error: @ may only follow a selector or a subquery");
    BOOST_TEST(refused("a @ Inf") == "1:3: parse error: the time after @ is out of bounds");
    BOOST_TEST(refused("a[5]") == "1:3: parse error: expected a duration such as 5m after '[', found '5'");
    BOOST_TEST(refused("a[5m:1m") == "1:8: parse error: expected ']' in the brackets, found the end of the expression");
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_in_braces) {
    BOOST_TEST(refused("a{b}") == "1:4: parse error: expected =, !=, =~ or !~ after label 'b', found '}'");
    BOOST_TEST(refused("a{b=1}") == "1:5: parse error: expected a string after label 'b', found '1'");
    BOOST_TEST(refused("a{b=\"c\" d=\"e\"}") ==
               "1:9: parse error: expected ',' or '}' after a label matcher, found 'd'");
    BOOST_TEST(refused("a{b=~\"(\"}").starts_with("1:6: parse error: regular expression of label 'b': "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
