#include "controller/series/listing.hpp"

#include <algorithm>
#include <set>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {
namespace {

// A seek beside looking at one sample.
constexpr size_t cost_of_seek = 200;

Result<void> spend(const SelectLimits& limits, size_t cost) {
    return limits.budget == nullptr ? Result<void>() : limits.budget->spend(cost);
}

using Places = std::map<uint64_t, uint64_t>;  // by id, where blocks have the series
using Ids = std::set<uint64_t>;

// Looks for series among the rows and blocks of one host, the newest first, until all are found.
class LiveSeries {
  public:
    LiveSeries(const StoreSnapshot& store, const Listed& listed, const SelectLimits& limits)
        : store_(store), listed_(listed), limits_(limits), blocks_(store) {}

    // Those of `wanted` that have a sample in the time.
    Result<Ids> among(const AgentId& host, Places wanted) {
        VIGIE_CHECK(find_buckets());
        wanted_ = std::move(wanted);
        found_.clear();
        for (auto bucket = last_; bucket >= first_ && !wanted_.empty(); --bucket) {
            VIGIE_CHECK(look_at_rows(keys::head_prefix(static_cast<uint32_t>(bucket), host)));
            VIGIE_CHECK(look_at_block(static_cast<uint32_t>(bucket), host));
        }
        return std::move(found_);
    }

  private:
    // Of all that is stored; centuries asked for must not cost a look into each of their buckets.
    Result<void> find_buckets() {
        if (is_known_) {
            return {};
        }
        is_known_ = true;
        std::vector<int64_t> ends;
        const auto note = [&ends](std::string_view key, auto) {
            if (const auto head = keys::read_head(key)) {
                ends.push_back(head->bucket);
            }
            return false;
        };
        VIGIE_CHECK(store_.scan(Family::head, "", "", note));
        VIGIE_CHECK(store_.scan_back(Family::head, "", "", note));
        VIGIE_TRY(const auto first, blocks_.slot_from(Tier::raw, 0));
        VIGIE_TRY(const auto last, blocks_.last_slot(Tier::raw));
        for (const auto& slot : {first, last}) {
            if (slot) {
                ends.push_back(*slot);
            }
        }
        if (!ends.empty()) {
            first_ = std::max(*std::min_element(ends.begin(), ends.end()), bucket_of(listed_.from));
            last_ = std::min(*std::max_element(ends.begin(), ends.end()), bucket_of(listed_.to));
        }
        return {};
    }

    static int64_t bucket_of(WallTime at) {
        return std::clamp<int64_t>(unix_ms(at) / keys::head_bucket_width.count(), 0, UINT32_MAX);
    }
    bool is_wanted_time(WallTime at) const { return at >= listed_.from && at <= listed_.to; }

    // The newest row has all that is live; what came and went meanwhile only all rows tell.
    Result<void> look_at_rows(const std::string& prefix) {
        VIGIE_TRY(const bool is_any, take_newest_row(prefix));
        return is_any && !wanted_.empty() ? all_rows(prefix) : Result<void>();
    }

    // Whether there is one.
    Result<bool> take_newest_row(const std::string& prefix) {
        VIGIE_CHECK(spend(limits_, cost_of_seek));
        Result<bool> is_any = false;
        VIGIE_CHECK(
            store_.scan_back(Family::head, prefix, keys::after_prefix(prefix), [&](auto, std::string_view bytes) {
                const auto row = read_sample_row(bytes);
                is_any = row ? Result<bool>(true) : fail(row.error());
                if (row) {
                    take(*row);
                }
                return false;
            }));
        return is_any;
    }

    Result<void> all_rows(const std::string& prefix) {
        Result<void> read;
        VIGIE_CHECK(store_.scan(Family::head, prefix, keys::after_prefix(prefix), [&](auto, std::string_view bytes) {
            const auto row = read_sample_row(bytes);
            read = row ? spend(limits_, row->series.size()) : fail(row.error());
            if (row) {
                take(*row);
            }
            return read.has_value() && !wanted_.empty();
        }));
        return read;
    }

    void take(const SampleRow& row) {
        if (!is_wanted_time(row.sampled_at)) {
            return;
        }
        for (const auto id : row.series) {
            if (wanted_.erase(id) > 0) {
                found_.insert(id);
            }
        }
    }

    Result<void> look_at_block(uint32_t slot, const AgentId& host) {
        VIGIE_CHECK(spend(limits_, cost_of_seek));
        VIGIE_TRY(const auto block, blocks_.block(Tier::raw, slot, host));
        const auto is_wanted = [this](int64_t ms) { return is_wanted_time(wall_from_unix_ms(ms)); };
        if (!block || std::none_of(block->times_ms.begin(), block->times_ms.end(), is_wanted)) {
            return {};
        }
        // In the order of packs.
        std::set<std::pair<uint64_t, uint64_t>> by_place;
        for (const auto& [id, place] : wanted_) {
            by_place.emplace(place, id);
        }
        for (const auto& [place, id] : by_place) {
            VIGIE_CHECK(spend(limits_, 1));
            VIGIE_TRY(const auto chunk, blocks_.chunk(Tier::raw, slot, block->piece, place, id));
            if (chunk) {
                wanted_.erase(id);
                found_.insert(id);
            }
        }
        return {};
    }

    const StoreSnapshot& store_;
    const Listed& listed_;
    const SelectLimits& limits_;
    BlockReader blocks_;
    bool is_known_ = false;
    int64_t first_ = 0;  // buckets that are stored and wanted
    int64_t last_ = -1;
    Places wanted_;
    Ids found_;
};

using SeriesById = std::map<uint64_t, LabelSet>;

Result<void> drop_silent(const StoreSnapshot& store, const Listed& listed, const SelectLimits& limits,
                         SeriesById& series) {
    std::map<std::string, Places> by_host;
    for (const auto& [id, labels] : series) {
        const auto host = labels.find("instance");
        by_host[host == labels.end() ? "" : host->second].emplace(id, place_of(labels));
    }
    LiveSeries live(store, listed, limits);
    for (const auto& [host, places] : by_host) {
        VIGIE_TRY(const auto found, live.among(AgentId{host}, places));
        for (const auto& [id, place] : places) {
            if (!found.contains(id)) {
                series.erase(id);
            }
        }
    }
    return {};
}

// By id: several selectors may accept one.
Result<SeriesById> selected(const StateStore& store, const Listed& listed, const SelectLimits& limits) {
    const auto snapshot = store.snapshot();
    SeriesById series;
    for (const auto& matchers : listed.selectors) {
        VIGIE_TRY(auto found, find_series(*snapshot, matchers, limits));
        for (auto& one : found) {
            series.emplace(one.id, std::move(one.labels));
        }
        if (series.size() > limits.series_max) {
            return fail(ErrorCode::too_large, "the selection has more than {} series: narrow it down",
                        limits.series_max);
        }
    }
    if (listed.is_timed) {
        VIGIE_CHECK(drop_silent(*snapshot, listed, limits, series));
    }
    for (auto& [id, labels] : series) {
        std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
    }
    return series;
}

Result<std::vector<std::string>> bounded(const std::set<std::string>& found, size_t names_max) {
    if (found.size() > names_max) {
        return fail(ErrorCode::too_large, "there are more than {}: narrow them down with a matcher", names_max);
    }
    return std::vector<std::string>(found.begin(), found.end());
}

const std::vector<query::Matcher> no_matchers;

}  // namespace

Result<std::vector<LabelSet>> list_series(const StateStore& store, const Listed& listed, const SelectLimits& limits) {
    VIGIE_TRY(auto series, selected(store, listed, limits));
    std::vector<LabelSet> sets;
    for (auto& [id, labels] : series) {
        sets.push_back(std::move(labels));
    }
    std::sort(sets.begin(), sets.end());
    sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
    return sets;
}

Result<std::vector<std::string>> list_label_names(const StateStore& store, const Listed& listed, size_t names_max,
                                                  const SelectLimits& limits) {
    if (listed.selectors.empty()) {
        return label_names(store, {.matchers = no_matchers, .results_max = names_max});
    }
    VIGIE_TRY(const auto series, selected(store, listed, limits));
    std::set<std::string> found;
    for (const auto& [id, labels] : series) {
        for (const auto& [name, value] : labels) {
            found.insert(name);
        }
    }
    return bounded(found, names_max);
}

Result<std::vector<std::string>> list_label_values(const StateStore& store, const std::string& label,
                                                   const Listed& listed, size_t values_max,
                                                   const SelectLimits& limits) {
    if (listed.selectors.empty()) {
        return label_values(store, label, {.matchers = no_matchers, .results_max = values_max});
    }
    VIGIE_TRY(const auto series, selected(store, listed, limits));
    std::set<std::string> found;
    for (const auto& [id, labels] : series) {
        if (const auto value = labels.find(label); value != labels.end()) {
            found.insert(value->second);
        }
    }
    return bounded(found, values_max);
}

}  // namespace vigie::controller
