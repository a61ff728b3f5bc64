// Names, labels, numbers and escapes.
#include "agent/series/sample_line.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace vigie::agent {
namespace {

// The labels as a key has them and what is left of the line, or the error.
std::string cut(std::string_view text, const LabelRules& rules) {
    std::vector<ParsedLabel> labels;
    const auto done = cut_labels(text, rules, labels);
    if (!done) {
        return done.error().message;
    }
    std::string key;
    append_key(key, "", labels);
    return key + "|" + std::string(text);
}

constexpr LabelRules loose{};
constexpr LabelRules strict{.may_have_blanks = false, .may_escape_any = true};

}  // namespace

BOOST_AUTO_TEST_SUITE(sample_line)

BOOST_AUTO_TEST_CASE(labels_come_sorted_and_without_empty_ones) {
    BOOST_TEST(cut("{z=\"1\",a=\"2\",m=\"\"} 5", strict) == "{a=\"2\",z=\"1\"}| 5");
    BOOST_TEST(cut("{} 5", strict) == "| 5");
    BOOST_TEST(cut(" 5", strict) == "| 5");
}

BOOST_AUTO_TEST_CASE(blanks_and_a_last_comma_are_for_loose_formats) {
    BOOST_TEST(cut(" { a = \"1\" , }5", loose) == "{a=\"1\"}|5");
    for (const auto* bad : {"{a=\"1\",}", "{ a=\"1\"}", "{a =\"1\"}", "{a=\"1\" }"}) {
        BOOST_TEST(cut(bad, strict).find('|') == std::string::npos, bad);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_labels_is_told) {
    for (const auto* bad : {"{", "{a", "{a=", "{a=\"", "{a=\"1", "{a=\"1\"", "{a=\"1\\\"}", "{a=\"1\"b=\"2\"}", "{,}",
                            "{1=\"1\"}", "{__name__=\"b\"}", "{a=\"1\",a=\"2\"}", "{a=\"\xff\"}", "{a=\"\\"}) {
        BOOST_TEST(cut(bad, loose).find('|') == std::string::npos, bad);
        BOOST_TEST(cut(bad, strict).find('|') == std::string::npos, bad);
    }
}

BOOST_AUTO_TEST_CASE(a_backslash_before_any_character_stands_for_itself_where_that_is_allowed) {
    BOOST_TEST(cut("{a=\"C:\\temp\\\\x\\q\"}", loose) == "{a=\"C:\\\\temp\\\\x\\\\q\"}|");
    BOOST_TEST(cut("{a=\"\\n\\\"\"}", loose) == "{a=\"\\n\\\"\"}|");
    BOOST_TEST(cut("{a=\"\\t\"}", {.may_have_blanks = true, .may_escape_any = false}).find('|') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_are_gos_numbers_without_hexadecimal_ones) {
    BOOST_TEST(parse_sample_value("+5").value() == 5);
    BOOST_TEST(parse_sample_value("-.5e1").value() == -5);
    BOOST_TEST(parse_sample_value("1.").value() == 1);
    BOOST_TEST(std::isinf(parse_sample_value("+iNf").value()));
    BOOST_TEST(parse_sample_value("-Infinity").value() < 0);
    BOOST_TEST(std::isnan(parse_sample_value("NaN").value()));
    for (const auto* bad : {"", "+", "-", ".", "e5", "1e", "+-1", "--1", "0x1", "1_0", "1 ", " 1", "nan(1)", "+nan",
                            "infinit", "1e999", "1,5"}) {
        BOOST_TEST(!parse_sample_value(bad), bad);
    }
}

BOOST_AUTO_TEST_CASE(what_is_escaped_and_taken_apart_again_is_the_same) {
    const std::string value = "a\\b\"c\nd\\n";
    std::string escaped;
    append_escaped(escaped, value);
    BOOST_TEST(escaped == "a\\\\b\\\"c\\nd\\\\n");
    BOOST_TEST(unescaped(escaped) == value);
}

BOOST_AUTO_TEST_CASE(names) {
    BOOST_TEST(is_metric_name("a:b_1"));
    BOOST_TEST(!is_metric_name("1a"));
    BOOST_TEST(!is_metric_name(""));
    BOOST_TEST(is_label_name("_a1"));
    BOOST_TEST(!is_label_name("a:b"));
    BOOST_TEST(!is_label_name("a b"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
