// Series by matchers, points by time. Any thread; all rows are read as of one moment.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "controller/query/budget.hpp"
#include "controller/query/matcher.hpp"
#include "controller/store/series_rows.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

struct Point {
    WallTime at{};
    double value = 0;
    bool operator==(const Point&) const = default;
};

struct SelectedSeries {
    uint64_t id = 0;
    LabelSet labels{};
    std::string owner{};          // whose rows hold it: a host, or the controller under a name that no host has
    std::vector<Point> points{};  // by time, one for each time
};

struct SelectLimits {
    size_t series_max = 20'000;     // as many as one host may have
    size_t points_max = 2'000'000;  // 32 MB of points
    // Where a query ends for other reasons too: find_series takes one of it for each series that matchers name.
    query::Budget* budget = nullptr;
};

// The series that all matchers accept, without points, by labels. malformed: no matcher that needs a label to be there,
// which would read everything. too_large: more than series_max.
Result<std::vector<SelectedSeries>> find_series(const StoreSnapshot& store, const std::vector<query::Matcher>& matchers,
                                                const SelectLimits& limits = {});
Result<std::vector<SelectedSeries>> find_series(const StateStore& store, const std::vector<query::Matcher>& matchers,
                                                const SelectLimits& limits = {});

// The same with their points of [from, to]; series without any are left out. too_large: more than points_max.
Result<std::vector<SelectedSeries>> select(const StateStore& store, const std::vector<query::Matcher>& matchers,
                                           WallTime from, WallTime to, const SelectLimits& limits = {});

// A host's clock may be ahead by as much as ingest accepts; its newest point is still its newest.
constexpr milliseconds latest_ahead_max = 10min;
// The newest point of each series of the agent in [now - lookback, now + latest_ahead_max] that has not ended (a later
// row of the host is without it); only of metric `name` unless it is empty.
Result<std::vector<SelectedSeries>> latest(const StoreSnapshot& store, const AgentId& agent, std::string_view name,
                                           WallTime now, milliseconds lookback = 5min);
Result<std::vector<SelectedSeries>> latest(const StateStore& store, const AgentId& agent, std::string_view name,
                                           WallTime now, milliseconds lookback = 5min);

// How many series are stored of an agent.
Result<size_t> count_series(const StoreReader& store, const AgentId& agent);

}  // namespace vigie::controller
