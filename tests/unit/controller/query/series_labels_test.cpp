#include "controller/query/series_labels.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

const std::vector<Label> node_load{{"__name__", "node_load1"}, {"instance", "web-1"}, {"job", "node"}};

BOOST_AUTO_TEST_SUITE(series_labels)

BOOST_AUTO_TEST_CASE(equal_sets_have_equal_hashes) {
    const std::vector<Label> copy = node_load;
    BOOST_TEST((SeriesLabels(node_load) == SeriesLabels(copy)));
    BOOST_TEST(SeriesLabels(node_load).hash() == SeriesLabels(copy).hash());
    const std::vector<Label> other{{"__name__", "node_load1"}, {"instance", "web-1node"}, {"job", ""}};
    BOOST_TEST(!(SeriesLabels(node_load) == SeriesLabels(other)));
    BOOST_TEST(SeriesLabels(node_load).hash() != SeriesLabels(other).hash());
}

BOOST_AUTO_TEST_CASE(order_is_by_names_and_values_in_turn) {
    const std::vector<Label> a{{"a", "2"}};
    const std::vector<Label> b{{"b", "1"}};
    const std::vector<Label> longer{{"a", "2"}, {"b", "1"}};
    BOOST_TEST((SeriesLabels(a) < SeriesLabels(b)));
    BOOST_TEST((SeriesLabels(a) < SeriesLabels(longer)));
    BOOST_TEST(!(SeriesLabels(longer) < SeriesLabels(a)));
    BOOST_TEST((SeriesLabels() < SeriesLabels(a)));
}

BOOST_AUTO_TEST_CASE(edits_keep_labels_sorted_and_never_empty) {
    LabelEdit edit;
    edit.start(SeriesLabels(node_load));
    edit.set("env", "prod");
    edit.set("job", "");
    edit.set("missing", "");
    edit.set("instance", "web-2");
    BOOST_TEST(text_of(SeriesLabels(edit.labels())) == R"({__name__="node_load1", env="prod", instance="web-2"})");
    edit.keep_only(std::vector<std::string>{"env", "nothing"});
    BOOST_TEST(text_of(SeriesLabels(edit.labels())) == R"({env="prod"})");
    edit.erase(std::vector<std::string>{"env"});
    BOOST_TEST(edit.labels().empty());
}

BOOST_AUTO_TEST_CASE(drops_a_name_wherever_it_stands) {
    LabelArena arena;
    BOOST_TEST(text_of(without_name(SeriesLabels(node_load), arena)) == R"({instance="web-1", job="node"})");
    const std::vector<Label> capital{{"Zone", "1"}, {"__name__", "a"}, {"b", "2"}};
    BOOST_TEST(text_of(without_name(SeriesLabels(capital), arena)) == R"({Zone="1", b="2"})");
    BOOST_TEST(without_name(SeriesLabels(), arena).empty());
}

BOOST_AUTO_TEST_CASE(knows_names_of_labels) {
    BOOST_TEST(is_label_name("_a1"));
    BOOST_TEST(!is_label_name("1a"));
    BOOST_TEST(!is_label_name("a:b"));
    BOOST_TEST(!is_label_name(""));
    BOOST_TEST(SeriesLabels(node_load).value_of("job") == "node");
    BOOST_TEST(SeriesLabels(node_load).value_of("jobs") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query
