// Keys as they stand in a schema.
#include "agent/statsd/statsd_key.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

struct Making : StatsdTaker {
    bool begin(const StatsdSeries&) override { return false; }
    void take(const StatsdValue&) override {}
    void refuse(StatsdFault fault) override { refused.push_back(fault); }

    std::optional<StatsdFault> make(std::string_view name, std::vector<StatsdTag> tags,
                                    StatsdKind kind = StatsdKind::counter) {
        return key.make({.name = name, .kind = kind, .rate = 1, .tags = &tags}, *this);
    }
    StatsdKey key;
    std::vector<StatsdFault> refused;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(statsd_key, Making)

BOOST_AUTO_TEST_CASE(a_key_has_a_metric_and_sorted_escaped_labels) {
    BOOST_TEST(!make("a.b", {{"z", "1"}, {"my-tag", "q\"u\\o"}, {"z", "2"}}).has_value());
    BOOST_TEST(key.text() == R"(a_b{my_tag="q\"u\\o",z="2"})");
    BOOST_TEST(key.metric() == "a_b");
    BOOST_TEST(key.labels() == R"({my_tag="q\"u\\o",z="2"})");
    BOOST_TEST(!make("c", {}).has_value());
    BOOST_TEST(key.text() == "c");
    BOOST_TEST(key.labels().empty());
}

BOOST_AUTO_TEST_CASE(a_tag_that_can_be_no_label_is_left_out) {
    BOOST_TEST(!make("t", {{"quantile", "1"}, {"__x", "1"}, {"y", "1"}}, StatsdKind::timer).has_value());
    BOOST_TEST(key.text() == "t{y=\"1\"}");
    BOOST_TEST((refused == std::vector{StatsdFault::malformed_tag, StatsdFault::malformed_tag}));
    BOOST_TEST(!make("g", {{"quantile", "1"}}, StatsdKind::gauge).has_value());
    BOOST_TEST(key.text() == "g{quantile=\"1\"}");
}

// Seven bytes stand around the value: a{x=""}.
BOOST_AUTO_TEST_CASE(a_key_has_a_largest_size) {
    const std::string value(statsd_key_bytes_max - 7, 'v');
    BOOST_TEST(!make("a", {{"x", value}}).has_value());
    BOOST_TEST(key.text().size() == statsd_key_bytes_max);
    const auto longer = value + "v";
    BOOST_TEST((make("a", {{"x", longer}}) == StatsdFault::too_long));
}

BOOST_AUTO_TEST_CASE(names_of_the_host_are_refused) {
    for (const auto* name : {"node_load1", "node.x", "vigie_x", "container-y", "up", "ALERTS", "ALERTS.FOR.STATE",
                             "probe.success", "scrape-samples"}) {
        BOOST_TEST((make(name, {}) == StatsdFault::reserved_name), name);
    }
    BOOST_TEST((make("vigie", {}, StatsdKind::timer) == StatsdFault::reserved_name));
    BOOST_TEST((make("probe", {}, StatsdKind::timer) == StatsdFault::reserved_name));
    BOOST_TEST((make("up", {{"job", "shop"}}, StatsdKind::gauge) == StatsdFault::reserved_name));
    BOOST_TEST(!make("vigie", {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
