// What binds to what, shown by a printer that puts parentheses around every operation.
#include "controller/query/parser.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

std::string tree(const Expr& expr) {
    if (const auto* binary = std::get_if<Binary>(&expr.node)) {
        return fmt::format("({} {} {})", tree(*binary->left), name_of(binary->op), tree(*binary->right));
    }
    if (const auto* unary = std::get_if<Unary>(&expr.node)) {
        return fmt::format("({}{})", unary->is_negative ? '-' : '+', tree(*unary->operand));
    }
    return print(expr);
}

std::string parsed(std::string_view text) {
    const auto expr = parse_tree(text);
    return expr ? tree(**expr) : to_error(expr.error(), text).message;
}

BOOST_AUTO_TEST_SUITE(parser)

// https://prometheus.io/docs/prometheus/latest/querying/operators/#binary-operator-precedence
BOOST_AUTO_TEST_CASE(operators_bind_as_documented) {
    BOOST_TEST(parsed("a + b * c ^ d") == "(a + (b * (c ^ d)))");
    BOOST_TEST(parsed("a ^ b ^ c") == "(a ^ (b ^ c))");
    BOOST_TEST(parsed("a - b - c") == "((a - b) - c)");
    BOOST_TEST(parsed("a or b and c unless d") == "(a or ((b and c) unless d))");
    BOOST_TEST(parsed("a > b + c == d") == "((a > (b + c)) == d)");
    BOOST_TEST(parsed("a atan2 b % c") == "((a atan2 b) % c)");
}

BOOST_AUTO_TEST_CASE(a_sign_binds_between_power_and_product) {
    BOOST_TEST(parsed("-a ^ b") == "(-(a ^ b))");
    BOOST_TEST(parsed("-a * b") == "((-a) * b)");
    BOOST_TEST(parsed("a ^ -b ^ c") == "(a ^ (-(b ^ c)))");
    BOOST_TEST(parsed("- -1") == "1");
    BOOST_TEST(parsed("-1 ^ 2") == "(-(1 ^ 2))");
}

BOOST_AUTO_TEST_CASE(words_are_keywords_where_the_grammar_asks_for_them) {
    BOOST_TEST(parsed("sum + by") == "(sum + by)");
    BOOST_TEST(parsed("offset offset 5m") == "offset offset 5m");
    BOOST_TEST(parsed("or or or") == "(or or or)");
    BOOST_TEST(parsed("SUM BY (by) (avg)") == "sum by (by) (avg)");
    BOOST_TEST(parsed("bool") == "1:1: parse error: expected an expression, found the keyword 'bool'");
}

BOOST_AUTO_TEST_CASE(names_what_was_expected_and_where) {
    BOOST_TEST(parsed("") == "1:1: parse error: there is no expression");
    BOOST_TEST(parsed("a b") == "1:3: parse error: unexpected 'b'");
    BOOST_TEST(parsed("a +\n\n* b") == "3:1: parse error: expected an expression, found '*'");
    BOOST_TEST(parsed("sum(a") ==
               "1:6: parse error: expected ',' or ')' in the arguments of 'sum', found the end of the expression");
    BOOST_TEST(parsed("abs(a,)") == "1:7: parse error: an argument of 'abs' is missing after the comma");
    BOOST_TEST(parsed("irat(a[5m])") == "1:1: parse error: unknown function 'irat': did you mean 'irate'?");
    BOOST_TEST(parsed("topk(a)") == "1:1: parse error: aggregation 'topk' takes 2 arguments, not 1");
    BOOST_TEST(parsed("sum by (without) (a)") == "1:9: parse error: expected a label name, found 'without'");
}

BOOST_AUTO_TEST_CASE(refuses_native_histograms_by_name) {
    const auto refused = parse_tree("1 + histogram_count(a)");
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::unsupported));
    BOOST_TEST(refused.error().offset == 4u);
}

BOOST_AUTO_TEST_CASE(bounds_the_depth_of_every_kind_of_nesting) {
    const auto repeated = [](std::string_view text, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) {
            all += text;
        }
        return all;
    };
    for (const auto& text : {repeated("(", 5000), repeated("-", 5000) + "a", "a" + repeated(" + a", 5000),
                             repeated("abs(", 5000), "a" + repeated(" ^ a", 5000), "a" + repeated("[1m:]", 5000)}) {
        const auto refused = parse_tree(text);
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().offset <= text.size());
    }
    BOOST_TEST(parse_tree("a" + repeated(" or a", depth_max - 1)).has_value());
    const auto refused = parse_tree("a" + repeated(" or a", depth_max));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(bounds_the_number_of_regular_expressions) {
    std::string text = "{b=\"\"";
    for (int i = 0; i < regular_expressions_max; ++i) {
        text += ",a=~\"b\"";
    }
    BOOST_TEST(parse_tree(text + "}").has_value());
    const auto refused = parse_tree(text + ",a!~\"b\"}");
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(reads_only_a_selector_for_match) {
    const auto matchers = parse_matchers("up{job=~\"n.*\"}");
    BOOST_REQUIRE(matchers);
    BOOST_TEST(matchers->size() == 2u);
    BOOST_TEST(matchers->back().value() == "up");
    BOOST_TEST(!parse_matchers("up + 1"));
    BOOST_TEST(!parse_matchers("{}"));
    BOOST_TEST(!parse_matchers("up[5m]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
