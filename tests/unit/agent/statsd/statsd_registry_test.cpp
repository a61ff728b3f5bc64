// Samples to series, interval by interval.
#include "agent/statsd/statsd_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>

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
    send("vigie:-1|h\nnode:1|ms\nvigie:1|c");  // vigie_sum and node_sum would be the host's
    BOOST_TEST(collect() == "nodes 1\nvigie 1\n");
    BOOST_TEST(refused("reserved_name") == "5");
}

BOOST_AUTO_TEST_CASE(a_name_keeps_its_first_type_whatever_its_tags) {
    send("a:1|c\na:5|g\na:5|g|#x:1\na:2|c|#x:2");
    BOOST_TEST(collect() == "a 1\na{x=\"2\"} 2\n");
    BOOST_TEST(refused("type_conflict") == "2");
}

BOOST_AUTO_TEST_CASE(the_names_of_a_timer_are_its_own) {
    registry.set_limits({.series_max = 1'000, .ttl = 1min, .quantiles = {}});
    send("t.sum:1000|c\nt:0.5|h\nu:1|h\nu_count:5|g\nu:3|g|#quantile:0.5");
    const auto lines = collect();
    BOOST_TEST(lines.starts_with("t_sum 1000\nu{quantile=\"0.5\"} "), lines);
    BOOST_TEST(lines.ends_with("u_sum 1\nu_count 1\n"), lines);
    BOOST_TEST(refused("type_conflict") == "3");
    // Names that nobody has any more are free.
    collect(2min);
    send("t:1|h\nu_count:5|g");
    BOOST_TEST(collect().ends_with("t_sum 1\nt_count 1\nu_count 5\n"));
}

BOOST_AUTO_TEST_CASE(idle_series_go_and_come_back_where_they_were) {
    registry.set_limits({.series_max = 1'000, .ttl = 1min, .quantiles = {}});
    send("c:5|c\ng:5|g\nt:1|h\ns:x|s");
    collect(1min);
    BOOST_TEST(collect(1s).empty());
    send("c:1|c\ng:+1|g\nt:2|h\ns:y|s");
    const auto lines = collect();
    BOOST_TEST(lines.starts_with("c 6\ng 6\ns 1\n"), lines);
    BOOST_TEST(lines.ends_with("t_sum 3\nt_count 2\n"), lines);
}

BOOST_AUTO_TEST_CASE(what_was_idle_is_kept_for_each_type_alone) {
    registry.set_limits({.series_max = 1'000, .ttl = 1min, .quantiles = {}});
    send("c:5|c");
    collect(2min);
    send("c:1|g");
    BOOST_TEST(collect(2s) == "c 1\n");
    collect(2min);
    send("c:1|c");
    BOOST_TEST(collect() == "c 6\n");
}

// A connection pool that tells changes only: eleven came, one went.
BOOST_AUTO_TEST_CASE(a_gauge_kept_by_changes_does_not_lose_its_base) {
    registry.set_limits({.series_max = 1'000, .ttl = 1min, .quantiles = {}});
    for (int i = 0; i < 11; ++i) {
        send("conn:+1|g");
    }
    collect(2min);
    send("conn:-1|g");
    BOOST_TEST(collect() == "conn 10\n");
}

BOOST_AUTO_TEST_CASE(sums_stay_finite) {
    send("c:1e308|c\nc:1e308|c\ng:1e308|g\ng:+1e308|g\nt:1e308|h\nt:1e308|h\nt:1|h|@1e-308\nt:1|h|@1e-308");
    const auto lines = collect();
    BOOST_TEST(lines.starts_with("c 1e+308\ng 1e+308\n"), lines);
    BOOST_TEST(lines.find("inf") == std::string::npos, lines);
    BOOST_TEST(refused("malformed_value") == "5");
}

// statsd/statsd#668, #551 and jbuchbinder/statsdaemon#1, as their reporters expected them.
BOOST_AUTO_TEST_CASE(what_others_got_wrong) {
    send("g:10|g\ng:-5|g\nrare:1|c|@0.01");
    for (int i = 0; i < 6; ++i) {
        BOOST_TEST(collect() == "g 5\nrare 100\n");
    }
}

// prometheus/prometheus#3780.
BOOST_AUTO_TEST_CASE(a_hundred_thousand_label_sets_leave_room_for_other_names) {
    send("first:1|c");
    for (int i = 0; i < 100'000; ++i) {
        send(fmt::format("hits:1|c|#user:{}", i));
    }
    send("second:1|c");
    const auto lines = collect();
    BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 752);  // 75 % of 1,000, and the two
    BOOST_TEST(lines.starts_with("first 1\n"));
    BOOST_TEST(lines.ends_with("second 1\n"));
    BOOST_TEST(refused("name_limit") == "99250");
    BOOST_TEST(registry.room().left_out == 99'250u);
}

// Each interval brings as many new ones as have room, and forgets those of the interval before.
BOOST_AUTO_TEST_CASE(a_day_has_a_bounded_number_of_new_series) {
    registry.set_limits({.series_max = 100, .ttl = 5s, .quantiles = {}});
    std::set<std::string> seen;
    int next = 0;
    const auto churn = [&](milliseconds time) {
        for (auto end = now + time; now < end;) {
            for (int i = 0; i < 60; ++i) {
                send(fmt::format("hits:1|c|#id:{}\nviews:1|c|#id:{}", next, next));
                ++next;
            }
            std::istringstream lines(collect(4s));
            for (std::string key, value; lines >> key >> value;) {
                seen.insert(key);
            }
            collect(2s);
        }
    };
    send("old:1|c");
    churn(1h);
    BOOST_TEST(seen.size() == 200u);  // twice series_max
    BOOST_TEST(refused("day_limit") != "0");
    collect(10s);
    send("old:1|c");  // is not new
    BOOST_TEST(collect(1s) == "old 2\n");
    collect(24h);
    collect(1s);
    churn(1h);
    BOOST_TEST(seen.size() == 400u);
}

BOOST_AUTO_TEST_CASE(keys_are_bounded_each_and_together) {
    const std::string value(700, '"');  // twice as long once it is escaped
    send(fmt::format("a:1|c|#x:{}\nb:1|c|#x:{}", value, value.substr(0, 400)));
    BOOST_TEST(collect().starts_with("b{"));
    BOOST_TEST(refused("too_long") == "1");
    registry.set_limits({.series_max = 10'000, .ttl = 1h, .quantiles = {}});
    for (int i = 0; i < 1'000; ++i) {
        send(fmt::format("n{}:1|c|#x:{:0>790}", i, i));
    }
    const auto lines = collect();
    BOOST_TEST(lines.size() > 600'000u);
    BOOST_TEST(lines.size() < 660'000u);  // with a value behind each key
    BOOST_TEST(refused("series_limit") != "0");
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
