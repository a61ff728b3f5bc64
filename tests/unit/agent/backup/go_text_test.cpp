#include "agent/backup/go_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::backup;

namespace {
std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(text, out);
    return out;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(backup_go_text)

// The expected texts are those of restic 0.14 for files of these names (restic cat blob).
BOOST_AUTO_TEST_CASE(quotes_names_as_restic_does) {
    BOOST_TEST(go_quote("plain") == "plain");
    BOOST_TEST(go_quote("\xff<>&\"\n\x01\x7f\xc3\xa9") == "\\xff<>&\\\"\\n\\x01\\x7f\xc3\xa9");
    BOOST_TEST(json_of(go_quote("\xff<>&\"\n\x01\x7f\xc3\xa9")) ==
               "\"\\\\xff\\u003c\\u003e\\u0026\\\\\\\"\\\\n\\\\x01\\\\x7f\xc3\xa9\"");
    BOOST_TEST(go_quote("back\\slash\ttab") == "back\\\\slash\\ttab");
    BOOST_TEST(go_quote("\xe2\x80\x8b") == "\\u200b");  // a zero-width space is not printable
    BOOST_TEST(go_quote("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
    BOOST_TEST(go_quote("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // half a surrogate pair is not UTF-8
    BOOST_TEST(go_quote("\xc0\x80") == "\\xc0\\x80");           // overlong
}

BOOST_AUTO_TEST_CASE(unquotes_every_byte_back) {
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    all += "\xe2\x80\xa8\xf3\xa0\x80\x81\xf0\x9f\x98\x80";
    BOOST_TEST(go_unquote(go_quote(all)).value() == all);
    BOOST_TEST(go_unquote("\\101\\U0001F600\\u00e9").value() == "A\xf0\x9f\x98\x80\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(refuses_what_quote_never_writes) {
    for (const auto* text : {"a\"b", "\\", "\\x", "\\xg0", "\\u12", "\\q", "\\ud800", "\\U00110000", "\\400", "a\nb"}) {
        BOOST_TEST(!go_unquote(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(writes_json_strings_as_go_does) {
    BOOST_TEST(json_of("a\x01\r\n\t\"\\/") == "\"a\\u0001\\r\\n\\t\\\"\\\\/\"");
    BOOST_TEST(json_of("x\xffy") == "\"x\\ufffdy\"");
    BOOST_TEST(json_of("\xe2\x80\xa8") == "\"\\u2028\"");
}

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(base64_of_the_rfc) {
    const std::array<std::pair<const char*, const char*>, 7> vectors{{{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}}};
    for (const auto& [plain, coded] : vectors) {
        BOOST_TEST(to_base64(plain) == coded);
        BOOST_TEST(from_base64(coded).value() == plain);
    }
    for (const auto* bad : {"Zg=", "Z", "====", "Zg==Zg==", "Z*=="}) {
        BOOST_TEST(!from_base64(bad).has_value(), bad);
    }
}

// Seconds by `date -u -d TIME +%s`.
BOOST_AUTO_TEST_CASE(writes_times_as_go_does) {
    BOOST_TEST(format_moment({0, 0}) == "1970-01-01T00:00:00Z");
    BOOST_TEST(format_moment({951782400, 120000000}) == "2000-02-29T00:00:00.12Z");
    BOOST_TEST(format_moment({-1, 999999999}) == "1969-12-31T23:59:59.999999999Z");
    BOOST_TEST(format_moment({-2208988800, 1}) == "1900-01-01T00:00:00.000000001Z");
    BOOST_TEST(format_moment({4102444799, 0}) == "2099-12-31T23:59:59Z");
}

// restic refuses to write other years, for RFC 3339 has four digits.
BOOST_AUTO_TEST_CASE(moves_years_into_four_digits) {
    BOOST_TEST(format_moment({253402300800, 0}) == "9999-01-01T00:00:00Z");  // 10000-01-01
    BOOST_TEST(format_moment({253407398400, 0}) == "9999-03-01T00:00:00Z");  // 10000-02-29, a day that 9999 has not
    BOOST_TEST(format_moment({-62167305600, 0}) == "0000-12-31T00:00:00Z");  // -0001-12-31
    BOOST_TEST(parse_moment(format_moment({INT64_MAX, 0})).has_value());
    BOOST_TEST(parse_moment(format_moment({INT64_MIN, 0})).has_value());
}

BOOST_AUTO_TEST_CASE(reads_times_of_any_zone) {
    BOOST_TEST((parse_moment("2015-01-02T18:10:50.895208559+01:00").value() == Moment{1420218650, 895208559}));
    BOOST_TEST((parse_moment("1969-12-31T19:00:00-05:00").value() == Moment{0, 0}));
    BOOST_TEST((parse_moment("1969-12-31T23:59:59.5Z").value() == Moment{-1, 500000000}));
    for (const auto* bad : {"", "2015", "2015-13-01T00:00:00Z", "2015-01-01T24:00:00Z", "2015-01-01T00:00:00",
                            "2015-01-01T00:00:00.Z", "2015-01-01T00:00:00Zx", "2015-01-01 00:00:00Z"}) {
        BOOST_TEST(!parse_moment(bad).has_value(), bad);
    }
}

BOOST_AUTO_TEST_SUITE_END()
