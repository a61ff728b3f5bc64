#include "controller/query/matcher.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

bool matches(Matcher::Kind kind, const std::string& value, std::string_view text) {
    return Matcher::make("label", kind, value)->is_match(text);
}

BOOST_AUTO_TEST_SUITE(matcher)

BOOST_AUTO_TEST_CASE(regular_expressions_match_the_whole_value) {
    BOOST_TEST(matches(Matcher::Kind::regex, "web", "web"));
    BOOST_TEST(!matches(Matcher::Kind::regex, "web", "web-1"));
    BOOST_TEST(matches(Matcher::Kind::not_regex, "web", "web-1"));
    BOOST_TEST(!matches(Matcher::Kind::regex, "a.b", "a\nb"));
}

BOOST_AUTO_TEST_CASE(a_missing_label_counts_as_empty) {
    const Labels labels{{"a", "b"}};
    BOOST_TEST(Matcher::make("c", Matcher::Kind::equal, "")->is_match(labels));
    BOOST_TEST(!Matcher::make("c", Matcher::Kind::not_equal, "")->is_match(labels));
    BOOST_TEST(Matcher::make("a", Matcher::Kind::not_equal, "c")->is_match(labels));
}

BOOST_AUTO_TEST_CASE(refuses_what_does_not_compile) {
    BOOST_TEST((Matcher::make("a", Matcher::Kind::regex, "(").error().code == ErrorCode::malformed));
    BOOST_TEST((Matcher::make("a", Matcher::Kind::regex, "((a{100}){100}){100}").error().code != ErrorCode::io));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
