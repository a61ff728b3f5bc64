// Series and samples as rows, and the text that agents send.
#include "controller/store/series_rows.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

BOOST_AUTO_TEST_SUITE(series_rows)

BOOST_AUTO_TEST_CASE(series_text_reads_and_writes_back) {
    const auto labels = parse_series(R"(node_x:total{a="1",path="C:\\\"n\n{},"})");
    BOOST_REQUIRE(labels);
    const LabelSet wanted{{"__name__", "node_x:total"}, {"a", "1"}, {"path", "C:\\\"n\n{},"}};
    BOOST_TEST((*labels == wanted));
    BOOST_TEST(format_series(*labels) == R"(node_x:total{a="1",path="C:\\\"n\n{},"})");
    BOOST_TEST((parse_series("up").value() == LabelSet{{"__name__", "up"}}));
    BOOST_TEST((parse_series("up{}").value() == LabelSet{{"__name__", "up"}}));
    BOOST_TEST(format_series(LabelSet{{"__name__", "up"}}) == "up");
}

BOOST_AUTO_TEST_CASE(broken_series_text_is_malformed) {
    for (const auto* text : {"", "{}", "1up", "up{", "up{a}", "up{a=}", "up{a=1}", "up{a=\"1}", "up{a=\"1\"",
                             "up{a=\"1\"}x", "up{a=\"1\"b=\"2\"}", "up{a=\"1\",a=\"2\"}", "up{__name__=\"x\"}",
                             "up{a:b=\"1\"}", "up{a=\"\\x\"}", "up{a=\"\\", "up{=\"\"}", "up}"}) {
        BOOST_TEST(!parse_series(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(rows_read_back_and_cut_rows_are_corrupt) {
    const SampleRow row{.sampled_at = wall_from_unix_ms(1'800'000'000'123),
                        .received_at = wall_from_unix_ms(1'800'000'000'456),
                        .series = {7, 8, 3, std::numeric_limits<uint64_t>::max(), 0},
                        .values = {1.5, -0.0, std::numeric_limits<double>::infinity(), 5e-324, 1e308}};
    const auto bytes = sample_row(row);
    BOOST_TEST((read_sample_row(bytes).value() == row));
    const LabelSet labels{{"__name__", "up"}, {"a", ""}};
    const auto label_bytes = label_row(labels);
    BOOST_TEST((read_label_row(label_bytes).value() == labels));
    LabelViews views;
    BOOST_REQUIRE(read_label_views(label_bytes, views));
    BOOST_TEST((LabelSet(views.begin(), views.end()) == labels));
    for (size_t size = 0; size < bytes.size(); ++size) {
        BOOST_TEST(!read_sample_row(bytes.substr(0, size)).has_value());
    }
    for (size_t size = 0; size < label_bytes.size(); ++size) {
        BOOST_TEST(!read_label_row(label_bytes.substr(0, size)).has_value());
        BOOST_TEST(!read_label_views(label_bytes.substr(0, size), views).has_value());
    }
    BOOST_TEST((read_sample_row(bytes + "x").error().code == ErrorCode::corrupt));
    // 1 + 8 + 8 bytes, then a count of four billion in a row of 21.
    BOOST_TEST(!read_sample_row(bytes.substr(0, 17) + "\xff\xff\xff\xff").has_value());
}

// Consecutive ids: one byte each, so 200 series are 21 + 200 + 1 (a first id of two bytes) + 1600.
BOOST_AUTO_TEST_CASE(ids_in_a_row_take_a_byte_each) {
    SampleRow row;
    for (uint64_t id = 1000; id < 1200; ++id) {
        row.series.push_back(id);
        row.values.push_back(1);
    }
    BOOST_TEST(sample_row(row).size() == 21u + 201u + 1600u);
}

BOOST_AUTO_TEST_CASE(a_series_is_its_host_s_unless_its_row_names_another_owner) {
    const LabelSet labels{{"__name__", "up"}, {"instance", "web-1"}};
    BOOST_TEST(read_series_row(label_row(labels)).value().owner == "web-1");
    const auto owned = read_series_row(label_row(labels, "rule")).value();
    BOOST_TEST(owned.owner == "rule");
    BOOST_TEST((owned.labels == labels));
    BOOST_TEST((read_label_row(label_row(labels, "rule")).value() == labels));
    BOOST_TEST(read_series_row(label_row({{"__name__", "up"}})).value().owner.empty());
}

BOOST_AUTO_TEST_SUITE_END()
