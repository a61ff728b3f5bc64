// Matchers over postings, points over buckets.
#include "controller/series/select.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;
using query::Matcher;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);

struct StoredSeries {
    MemoryStore store;
    uint64_t seq = 0;

    void add_series(uint64_t id, const std::string& agent, const std::string& text) {
        auto labels = parse_series(text).value();
        labels["instance"] = agent;
        StoreBatch batch;
        batch.put(Family::series, keys::series(id), label_row(labels));
        batch.put(Family::sidx, keys::own_series(AgentId{agent}, text), keys::number(id));
        for (const auto& [name, value] : labels) {
            batch.put(Family::sidx, keys::posting(name, value, id), "");
        }
        BOOST_REQUIRE(store.commit(batch));
    }
    void add_row(const std::string& agent, WallTime at, std::vector<uint64_t> ids, std::vector<double> values) {
        StoreBatch batch;
        batch.put(
            Family::head, keys::head(keys::head_bucket(at), AgentId{agent}, 1, ++seq),
            sample_row({.sampled_at = at, .received_at = at, .series = std::move(ids), .values = std::move(values)}));
        BOOST_REQUIRE(store.commit(batch));
    }
    StoredSeries() {
        add_series(1, "web-1", "up");
        add_series(2, "web-1", "load{cpu=\"0\"}");
        add_series(3, "web-1", "load{cpu=\"1\"}");
        add_series(4, "web-10", "load{cpu=\"0\"}");
        add_row("web-1", start, {1, 2, 3}, {1, 10, 20});
        add_row("web-1", start + 30min, {1, 2}, {1, 11});
        add_row("web-1", start + 10min, {2}, {10.5});
        add_row("web-10", start, {4}, {99});
    }
};

// Counts the rows that scans visit.
struct CountingStore final : StateStore {
    explicit CountingStore(const StateStore& counted) : store(counted) {}
    const StateStore& store;
    mutable size_t visited = 0;

    Result<void> commit(const StoreBatch&) override { return fail(ErrorCode::unsupported, "only read"); }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return store.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return store.scan(family, from, to, [&](std::string_view key, std::string_view value) {
            ++visited;
            return visit(key, value);
        });
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return store.scan_back(family, from, to, visit);
    }
};

std::vector<Matcher> matchers(std::vector<std::tuple<std::string, Matcher::Kind, std::string>> wanted) {
    std::vector<Matcher> out;
    for (auto& [label, kind, value] : wanted) {
        auto made = Matcher::make(label, kind, value);
        BOOST_REQUIRE(made.has_value());
        out.push_back(std::move(*made));
    }
    return out;
}
std::vector<uint64_t> ids(const Result<std::vector<SelectedSeries>>& found) {
    BOOST_REQUIRE(found.has_value());
    std::vector<uint64_t> out;
    for (const auto& one : *found) {
        out.push_back(one.id);
    }
    std::sort(out.begin(), out.end());
    return out;
}

using enum Matcher::Kind;
using Ids = std::vector<uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(select_series, StoredSeries)

BOOST_AUTO_TEST_CASE(each_kind_of_matcher) {
    BOOST_TEST((ids(find_series(store, matchers({{"__name__", equal, "load"}}))) == Ids{2, 3, 4}));
    BOOST_TEST((ids(find_series(store, matchers({{"__name__", equal, "load"}, {"cpu", not_equal, "0"}}))) == Ids{3}));
    BOOST_TEST((ids(find_series(store, matchers({{"instance", regex, "web-1.*"}}))) == Ids{1, 2, 3, 4}));
    BOOST_TEST((ids(find_series(store, matchers({{"instance", regex, "web-1"}}))) == Ids{1, 2, 3}));  // anchored
    BOOST_TEST((ids(find_series(store, matchers({{"instance", not_regex, "web-1|"}}))) == Ids{4}));
    BOOST_TEST((ids(find_series(store, matchers({{"instance", equal, "web-1"}, {"cpu", equal, ""}}))) == Ids{1}));
    BOOST_TEST((ids(find_series(store, matchers({{"__name__", equal, "none"}}))) == Ids{}));
}

BOOST_AUTO_TEST_CASE(a_selector_that_accepts_everything_is_refused) {
    BOOST_TEST((find_series(store, matchers({{"cpu", not_equal, "0"}})).error().code == ErrorCode::malformed));
    BOOST_TEST((find_series(store, {}).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(points_come_by_time_across_buckets) {
    const auto found =
        select(store, matchers({{"instance", equal, "web-1"}, {"cpu", equal, "0"}}), start, start + 30min);
    BOOST_REQUIRE(found.has_value());
    BOOST_REQUIRE(found->size() == 1u);
    const std::vector<Point> wanted{{start, 10}, {start + 10min, 10.5}, {start + 30min, 11}};
    BOOST_TEST((found->front().points == wanted));
}

BOOST_AUTO_TEST_CASE(the_range_includes_its_ends_and_nothing_else) {
    const auto one = matchers({{"__name__", equal, "up"}});
    BOOST_TEST(select(store, one, start, start)->front().points.size() == 1u);
    BOOST_TEST(select(store, one, start + 1ms, start + 30min - 1ms)->empty());
}

BOOST_AUTO_TEST_CASE(the_newest_point_of_each_series) {
    const auto all = latest(store, AgentId{"web-1"}, "", start + 31min, 1h);
    BOOST_REQUIRE(all.has_value());
    BOOST_TEST(all->size() == 2u);  // cpu 1 ended: the rows behind its last one are without it
    const auto load = latest(store, AgentId{"web-1"}, "load", start + 31min);
    BOOST_REQUIRE(load->size() == 1u);  // cpu 1 was not reported in the last five minutes
    BOOST_TEST(load->front().points.front().value == 11);
    BOOST_TEST(count_series(store, AgentId{"web-1"}).value() == 3u);
    BOOST_TEST(count_series(store, AgentId{"web-10"}).value() == 1u);
}

BOOST_AUTO_TEST_CASE(limits_refuse_instead_of_cutting) {
    const auto all = matchers({{"instance", regex, "web.*"}});
    BOOST_TEST((find_series(store, all, {.series_max = 3}).error().code == ErrorCode::too_large));
    BOOST_TEST((select(store, all, start, start + 1h, {.points_max = 6}).error().code == ErrorCode::too_large));
    BOOST_TEST(select(store, all, start, start + 1h, {.points_max = 7}).has_value());
}

BOOST_AUTO_TEST_CASE(damaged_rows_are_errors) {
    StoreBatch batch;
    batch.put(Family::head, keys::head(keys::head_bucket(start), AgentId{"web-1"}, 9, 9), "junk");
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST((select(store, matchers({{"__name__", equal, "up"}}), start, start).error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(one_hosts_series_do_not_cost_a_look_at_the_fleets) {
    for (uint64_t i = 0; i < 1'100; ++i) {
        add_series(100 + i, fmt::format("host-{}", i), "load{cpu=\"0\"}");
    }
    const CountingStore counted(store);
    const auto found = find_series(
        counted, matchers({{"__name__", equal, "load"}, {"cpu", equal, "0"}, {"instance", equal, "web-1"}}));
    BOOST_TEST((ids(found) == Ids{2}));
    BOOST_TEST(counted.visited == 4u);  // the postings of instance="web-1", and the row behind them
}

BOOST_AUTO_TEST_CASE(the_job_that_all_have_does_not_drive) {
    for (uint64_t i = 0; i < 1'100; ++i) {
        add_series(100 + i, fmt::format("host-{}", i), "load{job=\"node\"}");
    }
    add_series(9, "web-1", "disk{job=\"node\"}");
    const CountingStore counted(store);
    BOOST_TEST((ids(find_series(counted, matchers({{"job", equal, "node"}, {"__name__", regex, "di.*"}}))) == Ids{9}));
    BOOST_TEST(counted.visited < 20u);  // one for each name, and the postings of one
    BOOST_TEST(ids(find_series(store, matchers({{"job", equal, "node"}}))).size() == 1'101u);
}

BOOST_AUTO_TEST_CASE(postings_with_labels_and_without_are_searched_alike) {
    StoreBatch batch;  // as a newer version writes them
    const auto labels = store.get(Family::series, keys::series(3)).value().value();
    batch.put(Family::sidx, keys::posting("__name__", "load", 3), labels);
    batch.put(Family::sidx, keys::posting("instance", "web-1", 3), labels);
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST((ids(find_series(store, matchers({{"__name__", equal, "load"}}))) == Ids{2, 3, 4}));
    BOOST_TEST((ids(find_series(store, matchers({{"instance", equal, "web-1"}, {"cpu", regex, ".+"}}))) == Ids{2, 3}));
    BOOST_TEST((ids(find_series(store, matchers({{"__name__", not_equal, "up"}, {"cpu", equal, "1"}}))) == Ids{3}));
    BOOST_TEST((ids(find_series(store, matchers({{"cpu", regex, "1|2"}}))) == Ids{3}));
    BOOST_TEST(
        (ids(find_series(store, matchers({{"__name__", not_equal, "up"}, {"cpu", not_equal, ""}}))) == Ids{2, 3, 4}));
}

BOOST_AUTO_TEST_SUITE_END()
