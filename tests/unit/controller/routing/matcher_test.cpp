// The notation is that of Alertmanager's documentation of matchers.
#include "controller/routing/matcher.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::routing {
namespace {

std::string problem_of(std::string_view text) {
    const auto parsed = parse_matchers(text);
    return parsed ? "" : parsed.error().message;
}

BOOST_AUTO_TEST_SUITE(matcher)

BOOST_AUTO_TEST_CASE(reads_the_four_operators_with_and_without_quotes) {
    for (const auto* text : {"a=\"b\"", "a=b", " a = b ", "{a=\"b\"}"}) {
        const auto all = parse_matchers(text).value();
        BOOST_REQUIRE(all.size() == 1U);
        BOOST_TEST(text_of(all[0]) == "a=\"b\"", text);
    }
    BOOST_TEST(text_of(parse_matcher("a!=b").value()) == "a!=\"b\"");
    BOOST_TEST(text_of(parse_matcher("a=~\"b|c\"").value()) == "a=~\"b|c\"");
    BOOST_TEST(text_of(parse_matcher("a!~b.*").value()) == "a!~\"b.*\"");
}

BOOST_AUTO_TEST_CASE(a_list_is_separated_by_commas_outside_of_quotes) {
    BOOST_TEST(text_of(parse_matchers(R"({a="x,y", b=~"z",})").value()) == R"({a="x,y",b=~"z"})");
    BOOST_TEST(text_of(parse_matchers("a=1,b=2").value()) == R"({a="1",b="2"})");
    BOOST_TEST(text_of(parse_matchers(R"(a="\",",b=2)").value()) == R"({a="\",",b="2"})");
}

BOOST_AUTO_TEST_CASE(escapes_stand_for_quotes_backslashes_and_line_breaks) {
    const auto one = parse_matcher(R"(a="x\"y\\z\nw\q")").value();
    BOOST_TEST(one.value() == "x\"y\\z\nw\\q");
    BOOST_TEST(parse_matcher(text_of(one)).value().value() == one.value());
}

BOOST_AUTO_TEST_CASE(expressions_match_the_whole_value_and_a_missing_label_is_empty) {
    const Labels labels{{"team", "database"}};
    const auto matches = [&](std::string_view text) { return is_match(parse_matchers(text).value(), labels); };
    BOOST_TEST(matches("team=~\"data.*\""));
    BOOST_TEST(!matches("team=~\"data\""));
    BOOST_TEST(matches("team!~\"data\""));
    BOOST_TEST(matches("severity=\"\""));
    BOOST_TEST(matches("severity!=page"));
    BOOST_TEST(!matches("team=database,severity=page"));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
    BOOST_TEST(problem_of("team") == "'team' is no matcher: write it as name=\"value\", with =, !=, =~ or !~");
    BOOST_TEST(problem_of("1a=b").find("is no matcher") != std::string::npos);
    BOOST_TEST(problem_of("a=\"b") == "matcher 'a=\"b': the value \"b lacks its closing quote");
    BOOST_TEST(problem_of("a=b\"c\"") == "matcher 'a=b\"c\"': the value b\"c\" has a quote that is not escaped");
    BOOST_TEST(problem_of("{a=b").find("brace") != std::string::npos);
    BOOST_TEST(problem_of("") == "there is no matcher in ''");
    BOOST_TEST(problem_of("a=~\"(\"").find("regular expression of label 'a'") != std::string::npos);
}

// sort.Sort of Alertmanager's Matchers: name, then value, then kind.
BOOST_AUTO_TEST_CASE(order_is_by_name_and_value) {
    auto all = parse_matchers("b=2,a=~\"9\",b=1,a=\"3\"").value();
    sort(all);
    BOOST_TEST(text_of(all) == R"({a="3",a=~"9",b="1",b="2"})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing
