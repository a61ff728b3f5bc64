// Samples to series, interval by interval.
#include "agent/statsd/statsd_registry.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace vigie::agent {
namespace {

struct Collected {
    explicit Collected(StatsdLimits limits = {}) : registry(std::move(limits)), reader(registry) {}

    void send(std::string_view datagram) {
        registry.set_now(now);
        reader.read(datagram);
    }
    // The applications' series, "key value" in lines, after an interval.
    std::string collect(milliseconds interval = 10s) {
        now += interval;
        registry.begin_collection(now);
        std::string lines;
        own.clear();
        const auto write_to = [](std::string& text) {
            return [&text](std::string_view key, double value) { text += fmt::format("{} {:.6g}\n", key, value); };
        };
        registry.add_series(write_to(lines));
        registry.add_own_series(write_to(own));
        return lines;
    }
    std::string refused(std::string_view reason) const {
        const auto key = fmt::format("vigie_statsd_refused_total{{reason=\"{}\"}} ", reason);
        const auto at = own.find(key);
        return own.substr(at + key.size(), own.find('\n', at) - at - key.size());
    }

    MonoTime now{1h};
    StatsdRegistry registry;
    StatsdReader reader;
    std::string own;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(statsd_registry, Collected)

BOOST_AUTO_TEST_CASE(counters_add_up_and_are_scaled_by_their_rate) {
    send("hits:1|c\nhits:2|c|@0.1");
    BOOST_TEST(collect() == "hits 21\n");
    send("hits:1|c");
    BOOST_TEST(collect() == "hits 22\n");
}

BOOST_AUTO_TEST_CASE(gauges_are_set_or_changed) {
    send("g:5|g\ng:-2|g\ng:+4|g\nnew:-1|g");
    BOOST_TEST(collect() == "g 7\nnew -1\n");
    BOOST_TEST(collect() == "g 7\nnew -1\n");
}

BOOST_AUTO_TEST_CASE(timers_have_quantiles_of_the_interval_and_sums_of_all) {
    send("t:100|ms\nt:200|ms|@0.5");
    const auto first = collect();
    BOOST_TEST(first.find("t{quantile=\"0.5\"} 0.199") != std::string::npos, first);
    BOOST_TEST(first.ends_with("t_sum 0.5\nt_count 3\n"), first);
    BOOST_TEST(collect() ==
               "t{quantile=\"0.5\"} nan\nt{quantile=\"0.9\"} nan\nt{quantile=\"0.99\"} nan\nt_sum 0.5\nt_count 3\n");
}

BOOST_AUTO_TEST_CASE(sets_count_the_different_values_of_an_interval) {
    send("users:ann|s\nusers:bob|s\nusers:ann|s");
    BOOST_TEST(collect() == "users 2\n");
    BOOST_TEST(collect() == "users 0\n");
}

BOOST_AUTO_TEST_CASE(tags_are_sorted_labels_with_valid_names_and_escaped_values) {
    send("a.b:1|c|#z:1,my-tag:q\"u\\o,z:2");
    BOOST_TEST(collect() == "a_b{my_tag=\"q\\\"u\\\\o\",z=\"2\"} 1\n");
    send("t:1|h|#zone:b,app:x,quantile:9");
    const auto lines = collect();
    BOOST_TEST(lines.find("t{app=\"x\",quantile=\"0.5\",zone=\"b\"} ") != std::string::npos, lines);
    BOOST_TEST(lines.find("t_sum{app=\"x\",zone=\"b\"} 1\n") != std::string::npos, lines);
    BOOST_TEST(refused("malformed_tag") == "1");
}

BOOST_AUTO_TEST_CASE(the_hosts_own_names_are_refused) {
    send("node_load1:5|g\nvigie.x:1|c\ncontainer_cpu:1|c\nnodes:1|g");
    BOOST_TEST(collect() == "nodes 1\n");
    BOOST_TEST(refused("reserved_name") == "3");
}

BOOST_AUTO_TEST_CASE(a_name_keeps_its_first_type) {
    send("a:1|c\na:5|g");
    BOOST_TEST(collect() == "a 1\n");
    BOOST_TEST(refused("type_conflict") == "1");
}

BOOST_AUTO_TEST_CASE(idle_series_go_and_counters_come_back_where_they_were) {
    registry.set_limits({.series_max = 1'000, .ttl = 1min, .quantiles = {}});
    send("c:5|c\ng:5|g\nt:1|h\ns:x|s");
    collect(1min);
    BOOST_TEST(collect(1s).empty());
    send("c:1|c\ng:+1|g\nt:2|h");
    const auto lines = collect();
    BOOST_TEST(lines.starts_with("c 6\ng 1\n"), lines);
    BOOST_TEST(lines.ends_with("t_sum 3\nt_count 2\n"), lines);
}

BOOST_AUTO_TEST_CASE(beyond_its_cap_new_series_are_left_out_and_told) {
    registry.set_limits({.series_max = 3, .ttl = 1h, .quantiles = {}});
    send("a:1|c\nb:1|c\nt:1|h");  // a timer has five
    BOOST_TEST(collect() == "a 1\nb 1\n");
    BOOST_TEST(registry.room().left_out == 1u);
    BOOST_TEST(registry.room().example == "t");
    send("c:1|c\nd:1|c\na:1|c");
    BOOST_TEST(collect() == "a 2\nb 1\nc 1\n");
    BOOST_TEST(registry.room().left_out == 1u);
    collect();
    BOOST_TEST(registry.room().left_out == 0u);
    BOOST_TEST(refused("series_limit") == "2");
}

BOOST_AUTO_TEST_CASE(a_series_that_goes_makes_room) {
    registry.set_limits({.series_max = 5, .ttl = 1min, .quantiles = {}});
    send("t:1|h");
    collect(2min);
    send("u:1|h");
    BOOST_TEST(collect().find("u_count 1") != std::string::npos);
    BOOST_TEST(registry.room().left_out == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
