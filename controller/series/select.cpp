// Postings narrow the series down, labels decide, then the hosts' rows of each bucket give the points.
#include "controller/series/select.hpp"

#include <set>
#include <unordered_map>

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

Result<Ids> posted_ids(const StateStore& store, const Matcher& matcher, query::Budget* budget) {
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
Result<Ids> candidates(const StateStore& store, const std::vector<Matcher>& matchers, query::Budget* budget) {
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

// Adds points to series by id, up to a limit.
class PointReader {
  public:
    PointReader(std::vector<SelectedSeries>& series, WallTime from, WallTime to, size_t points_max)
        : from_(from), to_(to), points_max_(points_max) {
        for (auto& one : series) {
            by_id_.emplace(one.id, &one);
            agents_.insert(one.labels["instance"]);
        }
    }

    Result<void> read(const StateStore& store) {
        VIGIE_TRY(const auto first, first_bucket(store));
        for (auto bucket = first; bucket <= keys::head_bucket(to_); ++bucket) {
            for (const auto& agent : agents_) {
                const auto prefix = keys::head_prefix(static_cast<uint32_t>(bucket), AgentId{agent});
                Result<void> taken;
                VIGIE_CHECK(
                    store.scan(Family::head, prefix, keys::after_prefix(prefix), [&](auto, std::string_view row) {
                        taken = take(row);
                        return taken.has_value();
                    }));
                VIGIE_CHECK(std::move(taken));
            }
        }
        return {};
    }

  private:
    // The first bucket that holds rows: years asked for must not cost a look into each of their buckets.
    Result<uint64_t> first_bucket(const StateStore& store) const {
        Result<uint64_t> first = uint64_t{UINT32_MAX} + 1;
        const auto from = keys::head_bucket_start(keys::head_bucket(from_));
        VIGIE_CHECK(store.scan(Family::head, from, "", [&first](std::string_view key, auto) {
            first = keys::read_head(key).map([](const keys::HeadKey& head) { return uint64_t{head.bucket}; });
            return false;
        }));
        return first;
    }

    Result<void> take(std::string_view bytes) {
        VIGIE_TRY(const auto row, read_sample_row(bytes));
        if (row.sampled_at < from_ || row.sampled_at > to_) {
            return {};
        }
        for (size_t i = 0; i < row.series.size(); ++i) {
            const auto series = by_id_.find(row.series[i]);
            if (series == by_id_.end()) {
                continue;
            }
            if (points_++ >= points_max_) {
                return fail(ErrorCode::too_large, "the selection has more than {} points: narrow it down", points_max_);
            }
            series->second->points.push_back({row.sampled_at, row.values[i]});
        }
        return {};
    }

    WallTime from_;
    WallTime to_;
    size_t points_max_;
    size_t points_ = 0;
    std::unordered_map<uint64_t, SelectedSeries*> by_id_;
    std::set<std::string> agents_;
};

// By time; of several points of one time (a host that sent it from two outboxes) the one read last.
void sort_points(std::vector<Point>& points) {
    const auto is_before = [](const Point& a, const Point& b) { return a.at < b.at; };
    std::stable_sort(points.begin(), points.end(), is_before);
    size_t kept = 0;
    for (size_t i = 0; i < points.size(); ++i) {
        if (i + 1 == points.size() || points[i + 1].at != points[i].at) {
            points[kept++] = points[i];
        }
    }
    points.resize(kept);
}

}  // namespace

Result<std::vector<SelectedSeries>> find_series(const StateStore& store, const std::vector<Matcher>& matchers,
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
    VIGIE_TRY(auto series, find_series(store, matchers, limits));
    VIGIE_CHECK(PointReader(series, from, to, limits.points_max).read(store));
    std::erase_if(series, [](const SelectedSeries& one) { return one.points.empty(); });
    for (auto& one : series) {
        sort_points(one.points);
    }
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

Result<size_t> count_series(const StateStore& store, const AgentId& agent) {
    size_t count = 0;
    const auto prefix = keys::own_series_prefix(agent);
    VIGIE_CHECK(
        store.scan(Family::sidx, prefix, keys::after_prefix(prefix), [&count](auto, auto) { return ++count > 0; }));
    return count;
}

}  // namespace vigie::controller
