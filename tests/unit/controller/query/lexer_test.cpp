#include "controller/query/lexer.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

// Kinds as letters (w n d s) and symbols as they are, with the text of each.
std::string scanned(std::string_view text) {
    const auto tokens = scan(text);
    if (!tokens) {
        return to_error(tokens.error(), text).message;
    }
    std::string out;
    for (const auto& token : *tokens) {
        out += token.kind == TokenKind::end ? "."
                                            : fmt::format("{}({}) ", "wnds="[static_cast<int>(token.kind)], token.text);
    }
    return out;
}

BOOST_AUTO_TEST_SUITE(lexer)

BOOST_AUTO_TEST_CASE(takes_the_longest_token) {
    BOOST_TEST(scanned("a:b>=1.5e-3") == "w(a:b) =(>=) n(1.5e-3) .");
    BOOST_TEST(scanned("x[5m:1m]") == "w(x) =([) d(5m) =(:) d(1m) =(]) .");
    BOOST_TEST(scanned("{a=~\"b\"}") == "=({) w(a) =(=~) s(b) =(}) .");
    BOOST_TEST(scanned("1 - -2") == "n(1) =(-) =(-) n(2) .");
    BOOST_TEST(scanned("0x1e+5") == "n(0x1e) =(+) n(5) .");
}

BOOST_AUTO_TEST_CASE(tells_special_numbers_from_words) {
    BOOST_TEST(scanned("Inf nan information") == "n(Inf) n(nan) w(information) .");
    BOOST_TEST(scanned("{inf=\"x\"}") == "=({) w(inf) =(=) s(x) =(}) .");
}

BOOST_AUTO_TEST_CASE(skips_blanks_and_comments) {
    BOOST_TEST(scanned(" a # rest\r\n\t+ b#") == "w(a) =(+) w(b) .");
    BOOST_TEST(scanned("") == ".");
    BOOST_TEST(scanned("'# no comment'") == "s(# no comment) .");
}

BOOST_AUTO_TEST_CASE(says_where_a_character_has_no_place) {
    BOOST_TEST(scanned("a +\n $b") == "2:2: parse error: unexpected character \"$\"");
    BOOST_TEST(scanned("5mx") == "1:1: parse error: '5mx' is neither a number nor a duration");
    BOOST_TEST(scanned("a{b:c=\"d\"}") == "w(a) =({) w(b) =(:) w(c) =(=) s(d) =(}) .");
    BOOST_TEST(scanned("\"open") == "1:1: parse error: a string is not closed with \"");
}

BOOST_AUTO_TEST_CASE(refuses_an_endless_text) {
    const auto tokens = scan(std::string(expression_bytes_max + 1, ' '));
    BOOST_REQUIRE(!tokens);
    BOOST_TEST((tokens.error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(counts_lines_and_columns_from_1) {
    BOOST_TEST(place_of("ab\ncd", 0) == "1:1");
    BOOST_TEST(place_of("ab\ncd", 2) == "1:3");
    BOOST_TEST(place_of("ab\ncd", 4) == "2:2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
