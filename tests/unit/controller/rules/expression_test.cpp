// Expected values follow PromQL's documentation.
#include "controller/rules/expression.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

namespace vigie::controller::rules {
namespace {

Expression parsed(std::string_view text) {
    auto expression = parse_expression(text);
    BOOST_REQUIRE_MESSAGE(expression, text << ": " << expression.error().message);
    return std::move(*expression);
}

// "offset: message"
std::string refused(std::string_view text) {
    const auto expression = parse_expression(text);
    BOOST_REQUIRE_MESSAGE(!expression, text << " was accepted");
    return fmt::format("{}: {}", expression.error().offset, expression.error().message);
}

BOOST_AUTO_TEST_SUITE(expression)

BOOST_AUTO_TEST_CASE(reads_a_metric_a_comparison_and_a_number) {
    const auto read = parsed("node_load1 > 8.5");
    BOOST_TEST(read.metric == "node_load1");
    BOOST_TEST(read.matchers.empty());
    BOOST_TEST((read.comparison == Comparison::greater));
    BOOST_TEST(read.threshold == 8.5);
}

BOOST_AUTO_TEST_CASE(reads_every_comparison) {
    BOOST_TEST((parsed("a >= 1").comparison == Comparison::greater_equal));
    BOOST_TEST((parsed("a<1").comparison == Comparison::less));
    BOOST_TEST((parsed("a<=1").comparison == Comparison::less_equal));
    BOOST_TEST((parsed("a==1").comparison == Comparison::equal));
    BOOST_TEST((parsed("a!=1").comparison == Comparison::not_equal));
}

BOOST_AUTO_TEST_CASE(reads_numbers_as_promql_writes_them) {
    BOOST_TEST(parsed("a > 1e3").threshold == 1000);
    BOOST_TEST(parsed("a > .5").threshold == 0.5);
    BOOST_TEST(parsed("a > 5.").threshold == 5);
    BOOST_TEST(parsed("a > -2.5e-3").threshold == -0.0025);
    BOOST_TEST(parsed("a > 0x1F").threshold == 31);
    BOOST_TEST(parsed("a > - (3)").threshold == -3);
    BOOST_TEST(parsed("a < +Inf").threshold == std::numeric_limits<double>::infinity());
    BOOST_TEST(parsed("a > -inf").threshold == -std::numeric_limits<double>::infinity());
    BOOST_TEST(std::isnan(parsed("a != NaN").threshold));
}

BOOST_AUTO_TEST_CASE(takes_parentheses_white_space_and_comments) {
    BOOST_TEST(parsed("( ( (a) > (80) ) ) # too hot").threshold == 80);
    BOOST_TEST(parsed("# first\n  a{b=\"c\"}\n  # between\n  > 1\n").metric == "a");
}

BOOST_AUTO_TEST_CASE(matches_labels_and_counts_an_absent_one_as_empty) {
    const auto read = parsed(R"(disk{device!="", mode=~"r[ow]|x", host!~'web-.*',path=`C:\x`,} < 1)");
    const Labels fitting{{"__name__", "disk"}, {"device", "sda"}, {"mode", "rw"}, {"host", "db-1"}, {"path", "C:\\x"}};
    BOOST_TEST(read.is_selecting(fitting));
    auto other = fitting;
    other.erase("device");
    BOOST_TEST(!read.is_selecting(other));
    other = fitting;
    other["mode"] = "rw,x";  // anchored on both sides
    BOOST_TEST(!read.is_selecting(other));
    other = fitting;
    other["host"] = "web-1";
    BOOST_TEST(!read.is_selecting(other));
    other.erase("host");  // "" does not match web-.*
    BOOST_TEST(read.is_selecting(other));
    other["__name__"] = "disks";
    BOOST_TEST(!read.is_selecting(other));
}

BOOST_AUTO_TEST_CASE(selects_by_name_matcher_without_a_metric) {
    const auto read = parsed(R"({__name__=~"node_.+"} > 0)");
    BOOST_TEST(read.is_selecting({{"__name__", "node_load1"}}));
    BOOST_TEST(!read.is_selecting({{"__name__", "up"}}));
}

BOOST_AUTO_TEST_CASE(resolves_the_escapes_of_strings) {
    const auto read = parsed(R"(a{b="\"\x41\101\u00e9\n"} > 0)");
    BOOST_TEST(read.matchers.at(0).value() == "\"AA\xc3\xa9\n");
}

BOOST_AUTO_TEST_CASE(compares_as_ieee_754) {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    BOOST_TEST(parsed("a > 80").is_true(80.1));
    BOOST_TEST(!parsed("a > 80").is_true(80));
    BOOST_TEST(parsed("a >= 80").is_true(80));
    BOOST_TEST(!parsed("a > 80").is_true(nan));
    BOOST_TEST(!parsed("a <= 80").is_true(nan));
    BOOST_TEST(parsed("a != 80").is_true(nan));
    BOOST_TEST(!parsed("a == NaN").is_true(nan));
}

BOOST_AUTO_TEST_CASE(names_the_construct_that_is_not_supported) {
    BOOST_TEST(refused("rate(a[5m]) > 1") == "0: function rate() is not supported yet");
    BOOST_TEST(refused("sum by (job) (a) > 1") == "0: aggregation sum() is not supported yet");
    BOOST_TEST(refused("avg(a) > 1") == "0: aggregation avg() is not supported yet");
    BOOST_TEST(refused("a[5m] > 1") == "1: a range selector such as [5m] is not supported yet");
    BOOST_TEST(refused("a offset 5m > 1") == "2: the modifier offset is not supported yet");
    BOOST_TEST(refused("a @ 1 > 1") == "2: the modifier @ is not supported yet");
    BOOST_TEST(refused("a / b > 1") == "2: operator '/' is not supported yet");
    BOOST_TEST(refused("a > 1 and b > 2") == "6: operator 'and' is not supported yet");
    BOOST_TEST(refused("(a > 1) or (b > 2)") == "8: operator 'or' is not supported yet");
    BOOST_TEST(refused("a > 1 * 2") == "6: operator '*' is not supported yet");
    BOOST_TEST(refused("a > bool 1") == "4: the modifier bool is not supported yet");
    BOOST_TEST(refused("a > b") == "4: a comparison with another selector is not supported yet");
    BOOST_TEST(refused("a > time()") == "4: function time() is not supported yet");
    BOOST_TEST(refused("1 < a") ==
               "0: a number on the left side (write 'selector comparison number') is not supported yet");
    BOOST_TEST(refused("a > 1 > 2") == "6: more than one comparison is not supported yet");
}

BOOST_AUTO_TEST_CASE(says_what_is_malformed_and_where) {
    BOOST_TEST(refused("") == "0: expected a metric name or '{', found the end");
    BOOST_TEST(refused("up") == "2: a comparison with a number, such as '> 80', is missing");
    BOOST_TEST(refused("a >") == "3: expected a number, found the end");
    BOOST_TEST(refused("a{b} > 1") == "3: expected =, !=, =~ or !~ after label 'b', found '}'");
    BOOST_TEST(refused("a{b=c} > 1") == "4: expected a string after label 'b', found 'c'");
    BOOST_TEST(refused("a{b=\"c > 1") == "4: string without its closing quote");
    BOOST_TEST(refused("{b=\"\"} > 1") == "0: a selector needs a metric name or a matcher that does not match \"\"");
    BOOST_TEST(refused("(a > 1") == "6: ')' is missing at the end");
    BOOST_TEST(refused("a > 5m") == "4: expected a number, found '5m'");
    BOOST_TEST(refused("a > 1e999") == "4: number '1e999' is not one that a double can hold");
    BOOST_TEST(refused("a > 1 )") == "6: unexpected ')'");
    BOOST_TEST(refused("a ? 1") == "2: unexpected '?'");
    BOOST_TEST(refused(std::string("a\0 > 1", 6)) == "1: unexpected byte 0x00");
    BOOST_TEST(refused("a{b=~\"(\"} > 1").starts_with("5: regular expression of label 'b': "));
    BOOST_TEST(refused("a{b=~\"(a{900}){900}\"} > 1").starts_with("5: regular expression of label 'b': "));
}

BOOST_AUTO_TEST_CASE(bounds_depth_and_length) {
    BOOST_TEST(refused(std::string(100'000, '(')) == "0: the expression is too long");
    BOOST_TEST(refused(std::string(5'000, '(')).find("too many parentheses") != std::string::npos);
    BOOST_TEST(refused("a > " + std::string(5'000, '(')).find("too many parentheses") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
