#include "controller/query/tokens.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

TokenReader reader(std::string_view text) {
    return TokenReader(std::move(*scan(text)));
}

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(keywords_have_any_case) {
    auto in = reader("OFFSET offsets");
    BOOST_TEST(in.take_keyword("offset"));
    BOOST_TEST(!in.take_keyword("offset"));
}

BOOST_AUTO_TEST_CASE(an_aggregation_is_one_before_its_arguments_only) {
    BOOST_TEST((reader("Sum(a)").peek_aggregator() == Aggregator::sum));
    BOOST_TEST((reader("topk by (a) (1, b)").peek_aggregator() == Aggregator::topk));
    BOOST_TEST(!reader("sum").peek_aggregator());
    BOOST_TEST(!reader("sum{a=\"b\"}").peek_aggregator());
}

BOOST_AUTO_TEST_CASE(operators_are_symbols_or_words) {
    BOOST_TEST((reader(">=").peek_operator() == Operator::greater_equal));
    BOOST_TEST((reader("Unless").peek_operator() == Operator::logical_unless));
    BOOST_TEST(!reader("=").peek_operator());
}

BOOST_AUTO_TEST_CASE(says_what_stands_there) {
    auto in = reader("a \"b\"");
    BOOST_TEST(in.found() == "'a'");
    in.take();
    BOOST_TEST(in.found() == "a string");
    in.take();
    BOOST_TEST(in.found() == "the end of the expression");
    in.take();
    BOOST_TEST(in.is_end());
    BOOST_TEST(in.last_end() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
