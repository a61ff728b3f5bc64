// Postings and labels choose the series, then the hosts' rows and blocks give the points.
#include "controller/series/select.hpp"

#include <algorithm>
#include <bit>
#include <deque>

#include "controller/series/sample_columns.hpp"
#include "controller/series/series_search.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {

using query::Matcher;

bool is_end(const Point& point) {
    return std::bit_cast<uint64_t>(point.value) == query::stale_bits;
}

// The points of [from, to] of all series.
Result<void> read_points(const StoreSnapshot& store, std::vector<SelectedSeries>& series, WallTime from, WallTime to,
                         size_t points_max, Ends ends = Ends::not_marked) {
    const TimeRange range{unix_ms(from), unix_ms(to)};
    std::deque<SampleColumn> columns;
    std::map<std::string, WantedHost> hosts;
    for (const auto& one : series) {
        auto& column = columns.emplace_back();
        column.from_ms = range.from_ms;
        column.to_ms = range.to_ms;
        auto& host = hosts[one.owner];
        host.agent = AgentId{one.owner};
        host.series.push_back({one.id, place_of(one.labels), &column});
    }
    std::vector<WantedHost> wanted;
    for (auto& [_, host] : hosts) {
        wanted.push_back(std::move(host));
    }
    query::Budget budget({.samples_max = points_max}, nullptr, nullptr);
    auto read = read_columns(store, wanted, std::span(&range, 1), ends, budget);
    if (!read && read.error().code == ErrorCode::too_large) {
        return fail(ErrorCode::too_large, "the selection has more than {} points: narrow it down", points_max);
    }
    VIGIE_CHECK(std::move(read));
    for (size_t i = 0; i < series.size(); ++i) {
        for (size_t k = 0; k < columns[i].times_ms.size(); ++k) {
            series[i].points.push_back({wall_from_unix_ms(columns[i].times_ms[k]), columns[i].values[k]});
        }
    }
    return {};
}

}  // namespace

Result<std::vector<SelectedSeries>> find_series(const StoreSnapshot& store, const std::vector<Matcher>& matchers,
                                                const SelectLimits& limits) {
    VIGIE_TRY(auto found, search_series(store, matchers, limits));
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.labels < b.labels; });
    return found;
}

Result<std::vector<SelectedSeries>> find_series(const StateStore& store, const std::vector<Matcher>& matchers,
                                                const SelectLimits& limits) {
    return find_series(*store.snapshot(), matchers, limits);
}

Result<std::vector<SelectedSeries>> select(const StateStore& store, const std::vector<Matcher>& matchers, WallTime from,
                                           WallTime to, const SelectLimits& limits) {
    const auto snapshot = store.snapshot();
    VIGIE_TRY(auto series, find_series(*snapshot, matchers, limits));
    VIGIE_CHECK(read_points(*snapshot, series, from, to, limits.points_max));
    std::erase_if(series, [](const SelectedSeries& one) { return one.points.empty(); });
    return series;
}

Result<std::vector<SelectedSeries>> latest(const StateStore& store, const AgentId& agent, std::string_view name,
                                           WallTime now, milliseconds lookback) {
    return latest(*store.snapshot(), agent, name, now, lookback);
}

Result<std::vector<SelectedSeries>> latest(const StoreSnapshot& store, const AgentId& agent, std::string_view name,
                                           WallTime now, milliseconds lookback) {
    std::vector<Matcher> matchers;
    VIGIE_TRY(auto of_agent, Matcher::make("instance", Matcher::Kind::equal, agent.value));
    matchers.push_back(std::move(of_agent));
    if (!name.empty()) {
        VIGIE_TRY(auto of_name, Matcher::make(query::metric_name_label, Matcher::Kind::equal, std::string(name)));
        matchers.push_back(std::move(of_name));
    }
    VIGIE_TRY(auto series, find_series(store, matchers));
    VIGIE_CHECK(
        read_points(store, series, now - lookback, now + latest_ahead_max, SelectLimits{}.points_max, Ends::marked));
    std::erase_if(series, [](const auto& one) { return one.points.empty() || is_end(one.points.back()); });
    for (auto& one : series) {
        one.points = {one.points.back()};
    }
    return series;
}

Result<size_t> count_series(const StoreReader& store, const AgentId& agent) {
    size_t count = 0;
    const auto prefix = keys::own_series_prefix(agent);
    VIGIE_CHECK(
        store.scan(Family::sidx, prefix, keys::after_prefix(prefix), [&count](auto, auto) { return ++count > 0; }));
    return count;
}

}  // namespace vigie::controller
