// Slot by slot, host by host; the chunks of a host are spread over packs as its series are.
#include "controller/series/tier_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <unordered_map>

namespace vigie::controller {

namespace {

constexpr size_t cost_of_block = 20;
// Of a tier's chunk, in this order.
enum Column : size_t { min_column, max_column, sum_column, count_column, last_column };
constexpr int64_t lookback_ms = 300'000;

bool is_wanted(const blocks::SlotSpan& span, std::span<const TimeRange> wanted) {
    return std::any_of(wanted.begin(), wanted.end(), [&span](const TimeRange& range) {
        return range.from_ms < span.end_ms && range.to_ms >= span.start_ms;
    });
}

// What is left of the samples of a stretch of time. Columns that nobody wants are 0.
struct Window {
    int64_t at_ms = 0;  // of the last
    std::array<double, last_column + 1> values{};
};

std::vector<Column> columns_for(const SampleColumn& wanted) {
    std::vector<Column> columns;
    for (const auto& [reading, _] : wanted.coarse) {
        if (reading == query::Reading::total) {
            columns.insert(columns.end(), {sum_column, count_column});
        } else {
            columns.push_back(reading == query::Reading::least ? min_column : max_column);
        }
    }
    columns.push_back(last_column);
    return columns;
}

class TierReader {
  public:
    TierReader(BlockReader& blocks, const TierRange& tier, query::Budget& budget)
        : blocks_(blocks), tier_(tier.tier), range_(tier.range), budget_(budget) {}

    Result<void> read_slot(uint32_t slot, std::span<const WantedHost> hosts) {
        for (const auto& host : hosts) {
            VIGIE_CHECK(budget_.spend(cost_of_block));
            VIGIE_TRY(const auto block, blocks_.block(tier_, slot, host.agent));
            if (!block) {
                continue;
            }
            for (auto one = host.series.begin(); one != host.series.end();) {
                // Ids of one label set have one place.
                const auto end = std::find_if(one, host.series.end(),
                                              [&one](const WantedSeries& next) { return next.place != one->place; });
                VIGIE_CHECK(read_place(slot, *block, {one, end}));
                one = end;
            }
        }
        return {};
    }

  private:
    struct Sample {
        SampleColumn* column;
        Window window;
    };

    // Series that stand at one place. The samples of those that share a column are brought in order, and windows that
    // both have a part of become one.
    Result<void> read_place(uint32_t slot, const HostBlock& block, std::span<const WantedSeries> series) {
        samples_.clear();
        for (const auto& one : series) {
            VIGIE_TRY(const auto bytes, blocks_.chunk(tier_, slot, block.piece, one.place, one.id));
            if (bytes) {
                VIGIE_CHECK(gather(*one.column, *bytes, block.times_ms));
            }
        }
        if (series.size() > 1) {
            std::stable_sort(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) {
                return a.column != b.column ? std::less<>()(a.column, b.column) : a.window.at_ms < b.window.at_ms;
            });
        }
        for (size_t i = 0; i < samples_.size(); ++i) {
            const auto& [column, next] = samples_[i];
            if (i + 1 < samples_.size() && samples_[i + 1].column == column &&
                begin_of(samples_[i + 1].window) == begin_of(next)) {
                join(next, samples_[i + 1].window);
                continue;
            }
            VIGIE_CHECK(repeat_until(*column, next.at_ms));
            VIGIE_CHECK(put(*column, next.at_ms, next.values[last_column]));
            VIGIE_CHECK(spread(*column, next));
            last_[column] = next;
        }
        return {};
    }

    int64_t begin_of(const Window& window) const { return window.at_ms - window.at_ms % width_of(tier_).count(); }

    // The later one's last value is that of both. NaN is neither least nor greatest while there are others.
    static void join(const Window& earlier, Window& later) {
        const auto& before = earlier.values;
        auto& both = later.values;
        both[min_column] = std::fmin(before[min_column], both[min_column]);
        both[max_column] = std::fmax(before[max_column], both[max_column]);
        both[sum_column] += before[sum_column];
        both[count_column] += before[count_column];
    }

    Result<void> gather(SampleColumn& column, std::string_view bytes, std::span<const int64_t> times_ms) {
        const auto first = samples_.size();
        for (const auto wanted : columns_for(column)) {
            VIGIE_CHECK(blocks::decode_column(bytes, times_ms.size(), wanted, chunk_));
            samples_.resize(first + chunk_.values.size());
            size_t value = 0;
            for (const auto& run : chunk_.runs) {
                for (uint32_t i = 0; i < run.count; ++i, ++value) {
                    auto& sample = samples_[first + value];
                    sample.column = &column;
                    sample.window.at_ms = times_ms[run.first + i];
                    sample.window.values[wanted] = chunk_.values[value];
                }
            }
            VIGIE_CHECK(budget_.spend(times_ms.size()));
        }
        return {};
    }

    // The value before, when it is of the window before: also one that is older than what is wanted.
    Result<void> repeat_until(SampleColumn& column, int64_t at_ms) {
        const auto last = last_.find(&column);
        if (last == last_.end() || at_ms - last->second.at_ms > 2 * width_of(tier_).count()) {
            return {};
        }
        for (auto next = last->second.at_ms + lookback_ms; next < at_ms; next += lookback_ms) {
            VIGIE_CHECK(put(column, next, last->second.values[last_column]));
        }
        return {};
    }

    Result<void> put(SampleColumn& column, int64_t at_ms, double value) {
        if (!is_in(column, at_ms, column.times_ms)) {
            return {};
        }
        VIGIE_CHECK(budget_.take(1));
        column.times_ms.push_back(at_ms);
        column.values.push_back(value);
        return {};
    }

    bool is_in(const SampleColumn& column, int64_t at_ms, const std::vector<int64_t>& times_ms) const {
        return at_ms >= std::max(column.from_ms, range_.from_ms) && at_ms <= std::min(column.to_ms, range_.to_ms) &&
               (times_ms.empty() || times_ms.back() < at_ms);
    }

    // Over the window's own times, back from its last sample.
    Result<void> spread(SampleColumn& column, const Window& window) {
        column.coarse_to_ms = range_.to_ms;
        const auto parts = (window.at_ms - begin_of(window)) / lookback_ms + 1;
        for (auto& [reading, into] : column.coarse) {
            const bool is_total = reading == query::Reading::total;
            const auto share = is_total ? static_cast<double>(parts) : 1.0;
            const auto from = is_total ? sum_column : reading == query::Reading::least ? min_column : max_column;
            for (auto part = parts; part > 0; --part) {
                const auto at_ms = window.at_ms - (part - 1) * lookback_ms;
                if (!is_in(column, at_ms, into.times_ms)) {
                    continue;
                }
                VIGIE_CHECK(budget_.take(1));
                into.times_ms.push_back(at_ms);
                into.values.push_back(window.values[from] / share);
                if (is_total) {
                    into.counts.push_back(window.values[count_column] / share);
                }
            }
        }
        return {};
    }

    BlockReader& blocks_;
    const Tier tier_;
    const TimeRange range_;
    query::Budget& budget_;
    blocks::Chunk chunk_;
    std::vector<Sample> samples_;  // of one place
    std::unordered_map<const SampleColumn*, Window> last_;
};

}  // namespace

Result<std::vector<TierStart>> coarser_starts(BlockReader& blocks) {
    std::vector<TierStart> starts;
    for (const auto tier : {Tier::five_minutes, Tier::hour}) {
        VIGIE_TRY(const auto first, blocks.slot_from(tier, 0));
        if (first) {
            starts.push_back({tier, span_of(tier, *first).start_ms});
        }
    }
    return starts;
}

std::vector<TierRange> coarser_ranges(std::span<const TierStart> starts, int64_t raw_from_ms) {
    std::vector<TierRange> ranges;
    auto before_ms = raw_from_ms;
    for (const auto& [tier, from_ms] : starts) {
        if (from_ms < before_ms) {
            ranges.push_back({tier, {from_ms, before_ms - 1}});
            before_ms = from_ms;
        }
    }
    std::reverse(ranges.begin(), ranges.end());
    return ranges;
}

Result<void> read_tier(BlockReader& blocks, const TierRange& tier, std::span<const WantedHost> hosts,
                       std::span<const TimeRange> wanted, query::Budget& budget) {
    TierReader reader(blocks, tier, budget);
    auto slot = slot_of(tier.tier, wall_from_unix_ms(tier.range.from_ms));
    for (;;) {
        VIGIE_TRY(const auto stored, blocks.slot_from(tier.tier, slot));
        if (!stored || span_of(tier.tier, *stored).start_ms > tier.range.to_ms) {
            return {};
        }
        // The last value of a slot may be repeated in the next.
        auto span = span_of(tier.tier, *stored);
        span.end_ms += width_of(tier.tier).count();
        if (is_wanted(span, wanted)) {
            VIGIE_CHECK(reader.read_slot(*stored, hosts));
        }
        slot = *stored + 1;
    }
}

}  // namespace vigie::controller
