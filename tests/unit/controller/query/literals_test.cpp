// Expected values follow Go's strconv and PromQL's documentation.
#include "controller/query/literals.hpp"

#include <boost/test/unit_test.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(literals)

BOOST_AUTO_TEST_CASE(reads_decimal_hexadecimal_and_octal_numbers) {
    BOOST_TEST(*number_of("1.5e3") == 1500);
    BOOST_TEST(*number_of(".5") == 0.5);
    BOOST_TEST(*number_of("5.") == 5);
    BOOST_TEST(*number_of("0x1F") == 31);
    BOOST_TEST(*number_of("017") == 15);
    BOOST_TEST(*number_of("08") == 8);
    BOOST_TEST(*number_of("1e-400") == 0);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_number) {
    for (const auto* text : {"", ".", "1e", "1e400", "0x", "0x1g", "1.2.3", "1_0", "e5", "+1"}) {
        BOOST_TEST(!number_of(text), text);
    }
}

BOOST_AUTO_TEST_CASE(reads_bounds_of_buckets) {
    BOOST_TEST(*label_number("+Inf") == std::numeric_limits<double>::infinity());
    BOOST_TEST(*label_number("-Infinity") == -std::numeric_limits<double>::infinity());
    BOOST_TEST(*label_number("-2.5") == -2.5);
    BOOST_TEST(*label_number("010") == 10);
    BOOST_TEST(std::isnan(*label_number("nan")));
    BOOST_TEST(!label_number("oops"));
    BOOST_TEST(!label_number(""));
}

BOOST_AUTO_TEST_CASE(reads_and_writes_durations) {
    BOOST_TEST(*duration_of("1h30m") == 5'400'000);
    BOOST_TEST(*duration_of("1y2w3d4h5m6s7ms") ==
               31'536'000'000 + 2 * 604'800'000LL + 3 * 86'400'000LL + 4 * 3'600'000 + 5 * 60'000 + 6'007);
    BOOST_TEST(!duration_of("0s"));
    BOOST_TEST(!duration_of("5m1h"));
    BOOST_TEST(!duration_of("300y"));
    BOOST_TEST(duration_text(5'400'000) == "1h30m");
    BOOST_TEST(duration_text(14 * 86'400'000LL) == "2w");
    BOOST_TEST(duration_text(8 * 86'400'000LL) == "8d");
    BOOST_TEST(duration_text(36 * 3'600'000LL) == "36h");
    BOOST_TEST(duration_text(1) == "1ms");
}

BOOST_AUTO_TEST_CASE(writes_numbers_with_their_shortest_digits) {
    BOOST_TEST(number_text(0.1) == "0.1");
    BOOST_TEST(number_text(-1e-7) == "-1e-07");
    BOOST_TEST(number_text(1e20) == "100000000000000000000");
    BOOST_TEST(number_text(1e21) == "1e+21");
    BOOST_TEST(number_text(-std::numeric_limits<double>::infinity()) == "-Inf");
    BOOST_TEST(plain_number_text(1e23) == "1" + std::string(23, '0'));
    BOOST_TEST(plain_number_text(-1.5e-7) == "-0.00000015");
    BOOST_TEST(plain_number_text(123456789.125) == "123456789.125");
    BOOST_TEST(plain_number_text(0) == "0");
    BOOST_TEST(plain_number_text(-0.0) == "-0");
    BOOST_TEST(plain_number_text(-0.05) == "-0.05");
    BOOST_TEST(plain_number_text(999999999999999.0) == "999999999999999");
    BOOST_TEST(plain_number_text(9007199254740992.0) == "9007199254740992");
}

// Without point, sign, exponent and outer zeros.
std::string significant_digits(std::string_view number) {
    std::string kept;
    std::copy_if(number.begin(), std::find(number.begin(), number.end(), 'e'), std::back_inserter(kept),
                 [](char c) { return c >= '0' && c <= '9'; });
    kept.erase(0, kept.find_first_not_of('0'));
    kept.resize(kept.find_last_not_of('0') + 1);
    return kept;
}

// Few decimals and many, large and small: each reads back, and no shorter text does.
BOOST_AUTO_TEST_CASE(plain_numbers_are_the_shortest_that_read_back) {
    std::mt19937_64 engine(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto whole = static_cast<double>(engine() >> (engine() % 64));
        const auto sign = engine() % 2 == 0 ? 1 : -1;
        const auto number = sign * whole / std::pow(10.0, static_cast<double>(engine() % 8));
        const auto text = plain_number_text(number);
        BOOST_REQUIRE_MESSAGE(std::stod(text) == number, text);
        char shortest[64];
        const auto* const end = std::to_chars(shortest, shortest + sizeof shortest, number).ptr;
        if (std::fabs(number) < 9e15) {
            BOOST_REQUIRE(significant_digits(text) == significant_digits({shortest, end}));
        }
    }
}

std::string unquoted(std::string_view literal) {
    const auto read = unquote(literal);
    return read ? read->text : fmt::format("{}: {}", read.error().offset, read.error().message);
}

BOOST_AUTO_TEST_CASE(reads_escapes) {
    BOOST_TEST(unquoted(R"("a\n\t\\\"\x41\101\u00e9\U0001f600")") == "a\n\t\\\"AA\u00e9\U0001f600");
    BOOST_TEST(unquoted(R"('it\'s')") == "it's");
    BOOST_TEST(unquoted(R"(`\n "raw"`)") == R"(\n "raw")");
    BOOST_TEST(unquoted("\"\xc3\xa9\" rest") == "\u00e9");
    BOOST_TEST(unquote("'ab' rest")->bytes == 4u);
}

BOOST_AUTO_TEST_CASE(says_where_a_string_is_wrong) {
    BOOST_TEST(unquoted("\"abc").starts_with("0: "));
    BOOST_TEST(unquoted("\"a\nb\"").starts_with("0: "));
    BOOST_TEST(unquoted(R"("ab\q")").starts_with("3: "));
    BOOST_TEST(unquoted(R"("\')").starts_with("1: "));
    BOOST_TEST(unquoted(R"("\x4")").starts_with("1: "));
    BOOST_TEST(unquoted(R"("\ud800")").starts_with("1: "));
    BOOST_TEST(unquoted(R"("\400")").starts_with("1: "));
    BOOST_TEST(unquoted("\"\xff\"").starts_with("1: "));
    BOOST_TEST(unquoted("\"\xed\xa0\x80\"").starts_with("1: "));
}

BOOST_AUTO_TEST_CASE(quotes_what_it_reads_back) {
    for (const std::string text : {"plain", "a\"b\\c\n", "\x01\x7f", "\u00e9", "\xff\xc3"}) {
        BOOST_TEST(unquoted(quoted(text)) == text);
    }
    BOOST_TEST(shown_character("\u00e9x") == "\"\u00e9\"");
    BOOST_TEST(shown_character("\xff") == R"("\xff")");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
