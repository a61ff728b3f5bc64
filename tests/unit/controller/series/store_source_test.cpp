// Stored rows as the engine sees them. Expected values by Prometheus's rules of staleness and lookback.
#include "controller/series/store_source.hpp"

#include "controller/query/literals.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);  // the beginning of a bucket: a multiple of 20 min

struct Asked : tests::Stored {
    size_t series_max = 100;
    query::Options options{.limits = {.samples_max = 10'000}};

    // "labels:value" of each series at a time, or the error.
    std::string at(const std::string& text, WallTime time) {
        const auto expression = query::Expression::parse(text).value();
        query::Budget budget(options.limits, nullptr, options.cancelled);
        StoreSource source(store, query::needs_of(expression, time, time, 0ms, options), budget, series_max);
        const auto value = query::evaluate_at(expression, source, time, options);
        if (!value) {
            return value.error().message;
        }
        std::string out;
        for (const auto& series : value->series) {
            std::string labels;
            for (const auto& [name, label] : series.labels) {
                labels += name == "__name__" ? "" : (labels.empty() ? "" : ",") + label;
            }
            out += fmt::format("{}{}:{}", out.empty() ? "" : " ", labels,
                               query::number_text(series.samples.front().value));
        }
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_source, Asked)

BOOST_AUTO_TEST_CASE(series_of_several_hosts_are_read_in_the_order_of_their_labels) {
    add_series(1, "web-2", "load");
    add_series(2, "web-1", "load");
    add_series(3, "web-1", "other");
    add_row("web-2", start, {1}, {20});
    add_row("web-1", start, {2, 3}, {10, 99});
    BOOST_TEST(at("load", start) == "web-1:10 web-2:20");
}

BOOST_AUTO_TEST_CASE(a_series_that_its_hosts_next_row_lacks_is_stale_at_once) {
    add_series(1, "web-1", "fs{mount=\"a\"}");
    add_series(2, "web-1", "fs{mount=\"b\"}");
    add_row("web-1", start, {1, 2}, {1, 2});
    add_row("web-1", start + 10s, {1}, {1});
    BOOST_TEST(at("fs", start + 9'999ms) == "web-1,a:1 web-1,b:2");
    BOOST_TEST(at("fs", start + 10s) == "web-1,a:1");
    add_row("web-1", start + 20s, {1, 2}, {1, 3});
    BOOST_TEST(at("fs", start + 20s) == "web-1,a:1 web-1,b:3");
    // The marker is none of the samples of a range.
    BOOST_TEST(at("count_over_time(fs{mount=\"b\"}[1m])", start + 20s) == "web-1,b:2");
}

BOOST_AUTO_TEST_CASE(a_series_is_stale_across_the_border_of_two_buckets_too) {
    add_series(1, "web-1", "a");
    add_series(2, "web-1", "b");
    add_row("web-1", start + 20min - 1s, {1, 2}, {1, 2});
    add_row("web-1", start + 20min, {1}, {1});
    BOOST_TEST(at("b", start + 20min) == "");
    BOOST_TEST(at("a", start + 20min) == "web-1:1");
}

BOOST_AUTO_TEST_CASE(another_hosts_row_ends_no_series) {
    add_series(1, "web-1", "load");
    add_series(2, "web-2", "load");
    add_row("web-1", start, {1}, {1});
    add_row("web-2", start + 10s, {2}, {2});
    BOOST_TEST(at("load", start + 10s) == "web-1:1 web-2:2");
}

BOOST_AUTO_TEST_CASE(the_series_of_a_host_that_fell_silent_live_for_the_lookback) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    BOOST_TEST(at("load", start + 5min) == "web-1:1");
    BOOST_TEST(at("load", start + 5min + 1ms) == "");
}

BOOST_AUTO_TEST_CASE(two_outboxes_of_one_host_are_read_by_time) {
    add_series(1, "web-1", "load");
    add_row("web-1", start + 20s, {1}, {3}, 1);
    add_row("web-1", start + 10s, {1}, {2}, 2);
    add_row("web-1", start, {1}, {1}, 2);
    BOOST_TEST(at("load", start + 10s) == "web-1:2");
    BOOST_TEST(at("count_over_time(load[1m])", start + 20s) == "web-1:3");
    add_row("web-1", start + 20s, {1}, {4}, 2);  // the same time again
    BOOST_TEST(at("count_over_time(load[1m])", start + 20s) == "web-1:3");
}

BOOST_AUTO_TEST_CASE(each_row_is_read_once_however_many_selectors_there_are) {
    add_series(1, "web-1", "load");
    for (int i = 0; i < 6; ++i) {
        add_row("web-1", start + i * 10s, {1}, {1});
    }
    // Six samples; each selector for itself would make twelve.
    options.limits.samples_max = 8;  // the series' posting of each of the two, and six
    const auto expression = query::Expression::parse("load + on(instance) load").value();
    query::Budget budget(options.limits, nullptr, nullptr);
    StoreSource source(store, query::needs_of(expression, start, start + 50s, 10s), budget, series_max);
    query::Options roomy;
    BOOST_TEST(query::evaluate_over(expression, source, start, start + 50s, 10s, roomy).has_value());
}

BOOST_AUTO_TEST_CASE(times_far_from_each_other_and_from_all_rows_are_no_work) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    add_row("web-1", start + 24h, {1}, {5});
    BOOST_TEST(at("load - load offset 1d", start + 24h) == "web-1:4");
    BOOST_TEST(at("load", wall_from_unix_ms(int64_t{1} << 53)) == "");
    BOOST_TEST(at("load", wall_from_unix_ms(-(int64_t{1} << 53))) == "");
    // 280 years of buckets, of which 73 are stored.
    BOOST_TEST(at("sum_over_time(load[280y])", start + 24h) == "web-1:6");
}

BOOST_AUTO_TEST_CASE(labels_without_a_value_are_none) {
    add_series(1, "web-1", "load{a=\"\"}");
    add_series(2, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    add_row("web-1", start + 10s, {2}, {2});
    BOOST_TEST(at("load", start + 10s) == "web-1:2");
    BOOST_TEST(at("count_over_time(load[1m])", start + 10s) == "web-1:2");
}

BOOST_AUTO_TEST_CASE(a_selector_of_everything_is_read_within_the_limits) {
    for (uint64_t id = 1; id <= 5; ++id) {
        add_series(id, "web-1", fmt::format("m{}", id));
    }
    add_row("web-1", start, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5});
    BOOST_TEST(at("count({instance=~\".+\"})", start) == ":5");
    series_max = 4;
    BOOST_TEST(at("count({instance=~\".+\"})", start) == "the selection has more than 4 series: narrow it down");
    BOOST_TEST(at("m1 + on(instance) m2", start) == "web-1:3");
    series_max = 1;
    BOOST_TEST(at("m1 + on(instance) m2", start) == "the query selects more than 1 series: narrow it down");
    series_max = 100;
    options.limits.samples_max = 4;
    BOOST_TEST(at("count({instance=~\".+\"})", start).starts_with("the query needs more than 4 samples"));
}

BOOST_AUTO_TEST_CASE(a_cancelled_query_ends_while_it_reads) {
    // 200,000 samples' worth of work, and so more than one look at the flag, which is after 100,000.
    std::vector<uint64_t> ids;
    for (uint64_t id = 1; id <= 100; ++id) {
        add_series(id, "web-1", fmt::format("load{{n=\"{}\"}}", id));
        ids.push_back(id);
    }
    for (int i = 0; i < 1000; ++i) {
        add_row("web-1", start + i * 1s, ids, std::vector<double>(100, 1));
    }
    const std::atomic<bool> cancelled = true;
    options.cancelled = &cancelled;
    options.limits.samples_max = 1'000'000;
    BOOST_TEST(at("sum_over_time(load[20m])", start + 20min) == "the query was cancelled");
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_told_and_not_passed_over) {
    add_series(1, "web-1", "load");
    StoreBatch batch;
    batch.put(Family::head, keys::head(keys::head_bucket(start), AgentId{"web-1"}, 1, 1), "damaged");
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(at("load", start) == "store: a row of samples can't be read");
}

BOOST_AUTO_TEST_SUITE_END()
