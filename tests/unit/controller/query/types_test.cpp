#include "controller/query/parser.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

// The type, or the refusal.
std::string checked(std::string_view text) {
    const auto expr = parse_tree(text);
    return expr ? std::string(name_of((*expr)->type)) : to_error(expr.error(), text).message;
}

BOOST_AUTO_TEST_SUITE(types)

BOOST_AUTO_TEST_CASE(gives_each_expression_its_type) {
    BOOST_TEST(checked("1 + 2") == "scalar");
    BOOST_TEST(checked("(\"a\")") == "string");
    BOOST_TEST(checked("a[5m]") == "range vector");
    BOOST_TEST(checked("a[5m:]") == "range vector");
    BOOST_TEST(checked("1 > a") == "instant vector");
    BOOST_TEST(checked("scalar(a) + time()") == "scalar");
    BOOST_TEST(checked("-a") == "instant vector");
}

BOOST_AUTO_TEST_CASE(names_the_construct_and_both_types) {
    BOOST_TEST(checked("rate(a)") ==
               "1:6: parse error: expected type range vector in argument 1 of function 'rate', found instant vector");
    BOOST_TEST(checked("sum(1)") ==
               "1:5: parse error: expected type instant vector in aggregation 'sum', found scalar");
    BOOST_TEST(checked("count_values(1, a)") ==
               "1:14: parse error: expected type string in the parameter of aggregation 'count_values', found scalar");
    BOOST_TEST(checked("1[5m:]") == "1:1: parse error: expected type instant vector in a subquery, found scalar");
    BOOST_TEST(checked("a + \"b\"") == "1:5: parse error: operator '+' needs scalars or instant vectors, found string");
    BOOST_TEST(checked("-a[5m]") == "1:1: parse error: a sign needs a scalar or an instant vector, found range vector");
}

BOOST_AUTO_TEST_CASE(counts_arguments) {
    BOOST_TEST(checked("abs()") == "1:1: parse error: function 'abs' takes 1 argument, not 0");
    BOOST_TEST(checked("round(a, 1, 2)") == "1:1: parse error: function 'round' takes 1 to 2 arguments, not 3");
    BOOST_TEST(checked("label_join(a, \"b\")") ==
               "1:1: parse error: function 'label_join' takes at least 3 arguments, not 2");
    BOOST_TEST(checked("label_join(a, \"b\", \"c\", \"d\", \"e\")") == "instant vector");
    BOOST_TEST(checked("hour()") == "instant vector");
}

BOOST_AUTO_TEST_CASE(checks_operators) {
    BOOST_TEST(checked("1 == 1") == "1:3: parse error: a comparison of two scalars needs 'bool': write '== bool'");
    BOOST_TEST(checked("a + bool b") == "1:3: parse error: 'bool' may only follow a comparison, not '+'");
    BOOST_TEST(checked("a and 1") == "1:3: parse error: operator 'and' needs an instant vector on both sides");
    BOOST_TEST(checked("a + on(b) 1") == "1:3: parse error: 'on' and 'ignoring' need an instant vector on both sides");
    BOOST_TEST(checked("a or on(b) group_left c").find("it takes no group_left") != std::string::npos);
    BOOST_TEST(checked("a + on(b) group_left(b) c").find("label 'b' must not stand in 'on'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_selector_must_narrow) {
    BOOST_TEST(checked("{a=\"\"}").find("a selector needs a metric name") != std::string::npos);
    BOOST_TEST(checked("{a=~\".*\"}").find("a selector needs a metric name") != std::string::npos);
    BOOST_TEST(checked("{a=~\".+\"}") == "instant vector");
    BOOST_TEST(checked("a{__name__=\"b\"}") == "1:1: parse error: the metric name stands twice: 'a' and 'b'");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
