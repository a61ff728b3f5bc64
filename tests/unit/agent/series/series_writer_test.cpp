// Keys, escaping, and when a schema counts as new.
#include "agent/series/series_writer.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(series_writer)

BOOST_AUTO_TEST_CASE(keys_are_prometheus_text_with_escaped_values) {
    SeriesWriter writer;
    writer.begin();
    writer.add({"node_", "x", "_total"}, {{"a", "1"}, {"b", "q\"u\\o\nte"}}, 5);
    writer.add("plain", 6);
    BOOST_TEST(writer.finish());
    BOOST_TEST(writer.schema() == "node_x_total{a=\"1\",b=\"q\\\"u\\\\o\\nte\"}\nplain\n");
    BOOST_TEST((writer.values() == std::vector<double>{5, 6}));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf_8_become_the_replacement_character) {
    SeriesWriter writer;
    writer.begin();
    // A run of two bytes, an overlong slash, half of a surrogate pair, the end of Unicode and what is beyond it.
    for (const auto* value :
         {"a\xFF\xFEz", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xE2\x82"}) {
        writer.add("x", {{"v", value}}, 1);
    }
    writer.finish();
    const std::string replaced = "x{v=\"\xEF\xBF\xBD\"}\n";
    BOOST_TEST(writer.schema() ==
               "x{v=\"a\xEF\xBF\xBDz\"}\n" + replaced + replaced + "x{v=\"\xF4\x8F\xBF\xBF\"}\n" + replaced + replaced);
}

BOOST_AUTO_TEST_CASE(the_same_series_again_are_the_same_schema) {
    SeriesWriter writer;
    for (int round = 0; round < 3; ++round) {
        writer.begin();
        writer.add("a", round);
        writer.add("b", {{"device", "x\"y"}}, round);
        BOOST_TEST(writer.finish() == (round == 0));
    }
}

BOOST_AUTO_TEST_CASE(a_series_more_less_or_other_makes_a_new_schema) {
    SeriesWriter writer;
    const auto write = [&](std::initializer_list<const char*> names) {
        writer.begin();
        for (const auto* name : names) {
            writer.add(name, 1);
        }
        return writer.finish();
    };
    BOOST_TEST(write({"a", "b"}));
    BOOST_TEST(write({"a"}));
    BOOST_TEST(writer.schema() == "a\n");
    BOOST_TEST(write({"a", "bc", "d"}));
    BOOST_TEST(write({"a", "bx", "d"}));
    BOOST_TEST(writer.schema() == "a\nbx\nd\n");
    BOOST_TEST(!write({"a", "bx", "d"}));
    BOOST_TEST(write({}));
    BOOST_TEST(writer.schema().empty());
}

BOOST_AUTO_TEST_CASE(what_was_added_since_a_mark_is_taken_back) {
    SeriesWriter writer;
    for (int i = 0; i < 2; ++i) {
        writer.begin();
        writer.add("a", 1);
        const auto mark = writer.mark();
        writer.add("wrong", 2);
        writer.rewind(mark);
        writer.add("b", 3);
        writer.finish();
        BOOST_TEST(writer.schema() == "a\nb\n");
        BOOST_TEST((writer.values() == std::vector<double>{1, 3}));
    }
}

BOOST_AUTO_TEST_CASE(a_mark_leaves_an_unchanged_schema_unchanged) {
    SeriesWriter writer;
    for (const bool is_first : {true, false}) {
        writer.begin();
        const auto mark = writer.mark();
        writer.add("a", 1);
        writer.rewind(mark);
        writer.add("a", 2);
        BOOST_TEST(writer.finish() == is_first);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
