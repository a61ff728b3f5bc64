// Postings narrow the series down, labels decide, then the hosts' rows and blocks give the points.
#include "controller/series/select.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "controller/series/sample_columns.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {

using query::Matcher;
using Ids = std::set<uint64_t>;

// Only such a matcher can be looked up: one that "" (no such label) satisfies also accepts series without postings.
bool needs_label(const Matcher& matcher) {
    return !matcher.is_match(std::string_view{});
}

Result<void> count(query::Budget* budget, bool is_kept) {
    if (budget == nullptr) {
        return {};
    }
    return is_kept ? budget->take(1) : budget->spend(1);
}

Result<Ids> posted_ids(const StoreReader& store, const Matcher& matcher, query::Budget* budget) {
    const bool is_exact = matcher.kind() == Matcher::Kind::equal;
    const auto prefix =
        is_exact ? keys::posting_prefix(matcher.label(), matcher.value()) : keys::posting_label_prefix(matcher.label());
    Ids ids;
    Result<void> read;
    std::string last_value;
    bool is_last_match = false;
    bool is_first = true;
    VIGIE_CHECK(store.scan(Family::sidx, prefix, keys::after_prefix(prefix), [&](std::string_view key, auto) {
        const auto posting = keys::read_posting(key);
        if (!posting) {
            read = fail(posting.error());
            return false;
        }
        if (is_first || posting->value != last_value) {
            is_first = false;
            last_value = posting->value;
            is_last_match = matcher.is_match(std::string_view(last_value));
        }
        if (is_last_match) {
            ids.insert(ids.end(), posting->id);
        }
        read = count(budget, is_last_match);
        return read.has_value();
    }));
    VIGIE_CHECK(std::move(read));
    return ids;
}

// Reading a series' labels, beside looking at one sample.
constexpr size_t cost_of_labels = 50;

// Candidates so few that reading their labels costs less than another posting list, which may name the whole fleet.
constexpr size_t few_candidates = 1'000;

// The order in which matchers are looked up. A host's series are few beside those of a metric or of a label like
// `mode`.
int turn_of(const Matcher& matcher) {
    if (matcher.kind() != Matcher::Kind::equal) {
        return 2;
    }
    return matcher.label() == "instance" ? 0 : 1;
}

// Ids that are in the postings of the matchers looked up: of all exact ones, until few are left. The rest is tested on
// labels.
Result<Ids> candidates(const StoreReader& store, const std::vector<Matcher>& matchers, query::Budget* budget) {
    std::optional<Ids> found;
    for (const int turn : {0, 1, 2}) {
        for (const auto& matcher : matchers) {
            const bool is_decided = found && (found->size() <= few_candidates || turn == 2);
            // A pattern over all values of a label costs more than testing the series that are left.
            if (!needs_label(matcher) || turn_of(matcher) != turn || is_decided) {
                continue;
            }
            VIGIE_TRY(auto ids, posted_ids(store, matcher, budget));
            if (found) {
                std::erase_if(*found, [&ids](uint64_t id) { return !ids.contains(id); });
            } else {
                found = std::move(ids);
            }
        }
    }
    if (!found) {
        return fail(ErrorCode::malformed, "a selector needs a name or a matcher that does not accept an empty label");
    }
    return std::move(*found);
}

// Whose rows hold the series.
std::string host_of(const LabelSet& labels) {
    const auto found = labels.find("instance");
    return found == labels.end() ? "" : found->second;
}

// The points of [from, to] of all series.
Result<void> read_points(const StoreSnapshot& store, std::vector<SelectedSeries>& series, WallTime from, WallTime to,
                         size_t points_max) {
    const TimeRange range{unix_ms(from), unix_ms(to)};
    std::deque<SampleColumn> columns;
    std::map<std::string, WantedHost> hosts;
    for (const auto& one : series) {
        auto& column = columns.emplace_back();
        column.from_ms = range.from_ms;
        column.to_ms = range.to_ms;
        auto& host = hosts[host_of(one.labels)];
        host.agent = AgentId{host_of(one.labels)};
        host.series.push_back({one.id, place_of(one.labels), &column});
    }
    std::vector<WantedHost> wanted;
    for (auto& [_, host] : hosts) {
        wanted.push_back(std::move(host));
    }
    query::Budget budget({.samples_max = points_max}, nullptr, nullptr);
    auto read = read_columns(store, wanted, std::span(&range, 1), Ends::not_marked, budget);
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

Result<std::vector<SelectedSeries>> find_series(const StoreReader& store, const std::vector<Matcher>& matchers,
                                                const SelectLimits& limits) {
    VIGIE_TRY(const auto ids, candidates(store, matchers, limits.budget));
    std::vector<SelectedSeries> found;
    for (const auto id : ids) {
        VIGIE_TRY(const auto row, store.get(Family::series, keys::series(id)));
        if (!row) {
            continue;  // added after the postings were read
        }
        VIGIE_TRY(auto labels, read_label_row(*row));
        VIGIE_CHECK(limits.budget == nullptr ? Result<void>() : limits.budget->spend(cost_of_labels));
        const bool is_wanted = std::all_of(matchers.begin(), matchers.end(),
                                           [&labels](const Matcher& matcher) { return matcher.is_match(labels); });
        if (!is_wanted) {
            continue;
        }
        if (found.size() == limits.series_max) {
            return fail(ErrorCode::too_large, "the selection has more than {} series: narrow it down",
                        limits.series_max);
        }
        found.push_back({.id = id, .labels = std::move(labels)});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.labels < b.labels; });
    return found;
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
    std::vector<Matcher> matchers;
    VIGIE_TRY(auto of_agent, Matcher::make("instance", Matcher::Kind::equal, agent.value));
    matchers.push_back(std::move(of_agent));
    if (!name.empty()) {
        VIGIE_TRY(auto of_name, Matcher::make(query::metric_name_label, Matcher::Kind::equal, std::string(name)));
        matchers.push_back(std::move(of_name));
    }
    VIGIE_TRY(auto series, select(store, matchers, now - lookback, now + latest_ahead_max));
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
