#include "shared/core/harmless.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(harmless_text)

BOOST_AUTO_TEST_CASE(leaves_what_people_write) {
    for (const auto* text : {"", "web-1: disk at 91 %", "é", "日本", "😀", "a\\x1b"}) {
        BOOST_TEST(harmless(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(shows_control_characters_of_both_sets) {
    BOOST_TEST(harmless("a\x1b[2J\n\tb\x7f") == "a\\x1b[2J\\x0a\\x09b\\x7f");
    BOOST_TEST(harmless("\xc2\x9b"
                        "31m") == "\\x9b31m");       // U+009B begins a sequence as ESC [ does
    BOOST_TEST(harmless("\xc2\xa0") == "\xc2\xa0");  // U+00A0 is a space
    BOOST_TEST(harmless(std::string_view("\0", 1)) == "\\x00");
}

// Unicode's bidirectional algorithm (UAX 9) is what turns "gpj.exe" into "exe.jpg".
BOOST_AUTO_TEST_CASE(shows_what_hides_or_turns_text) {
    BOOST_TEST(harmless("a\u202egpj.exe") == "a\\u202egpj.exe");
    for (const auto* one : {"\u200b", "\u200d", "\u200e", "\u200f", "\u061c", "\u202a", "\u202d", "\u2028",
                            "\u2029", "\u2060", "\u2066", "\u2069", "\ufeff", "\u00ad", "\ufff9", "\U000e0041",
                            "\u034f", "\u115f", "\u1160", "\u180b", "\u180d", "\u3164", "\uffa0"}) {
        const auto shown = harmless(one);
        BOOST_TEST(shown.starts_with("\\"), shown);
        BOOST_TEST(harmless(shown) == shown);
    }
    BOOST_TEST(harmless("\u2066") == "\\u2066");
    BOOST_TEST(harmless("\U000e0041") == "\\U000e0041");
    for (const auto* one :
         {"\u2014", "\u2019", "\u2026", "\u2026", "\u0627", "\u05d0", "\ufe0f", "\u2070", "\U0001f600"}) {
        BOOST_TEST(harmless(one) == one);
    }
}

BOOST_AUTO_TEST_CASE(knows_spaces_and_selectors_that_make_another_text_of_one) {
    for (const auto* one : {"controller\ufe0f", "controller\u00a0", "\u3000controller", "a\u1680b", "a\u2000b",
                            "a\u200ab", "a\u202fb", "a\u205fb", "a\ufe00b", "a\U000e0100", "a\U000e01ef"}) {
        BOOST_TEST(has_hidden_difference(one), one);
        BOOST_TEST(harmless(one) == one);
    }
    for (const auto* one :
         {"", "anna smith", "é", "日本", "😀", "a\u2010b", "a\u2070", "a\ufdfd", "a\ufe10", "\xa0", "\xc2"}) {
        BOOST_TEST(!has_hidden_difference(one), one);
    }
}

BOOST_AUTO_TEST_CASE(shows_bytes_that_are_no_utf_8) {
    BOOST_TEST(harmless("\x9b"
                        "31m") == "\\x9b31m");
    BOOST_TEST(harmless("\xc0\x8a") == "\\xc0\\x8a");  // a line feed in two bytes, which UTF-8 forbids
    BOOST_TEST(harmless("\xe6\x97") == "\\xe6\\x97");  // cut
    BOOST_TEST(harmless("\xe6\x1b"
                        "a") == "\\xe6\\x1ba");
    BOOST_TEST(harmless("\xff") == "\\xff");
    BOOST_TEST(harmless("\xe0\x82\x9b") == "\\xe0\\x82\\x9b");  // U+009B in three bytes
    BOOST_TEST(harmless("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // half of a surrogate pair
    BOOST_TEST(harmless("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

BOOST_AUTO_TEST_SUITE_END()
