// Slot by slot, host by host; the chunks of a host are spread over packs as its series are.
#include "controller/series/tier_columns.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace vigie::controller {

namespace {

constexpr size_t cost_of_block = 20;
constexpr size_t last_column = 4;  // of min, max, sum, count, last
constexpr int64_t lookback_ms = 300'000;

bool is_wanted(const blocks::SlotSpan& span, std::span<const TimeRange> wanted) {
    return std::any_of(wanted.begin(), wanted.end(), [&span](const TimeRange& range) {
        return range.from_ms < span.end_ms && range.to_ms >= span.start_ms;
    });
}

struct Last {
    int64_t at_ms = 0;
    double value = 0;
};

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
        Last last;
    };

    // Series that stand at one place. The samples of those that share a column are brought in order; of two of one time
    // the newer id's counts.
    Result<void> read_place(uint32_t slot, const HostBlock& block, std::span<const WantedSeries> series) {
        samples_.clear();
        for (const auto& one : series) {
            VIGIE_TRY(const auto bytes, blocks_.chunk(tier_, slot, block.piece, one.place, one.id));
            if (bytes) {
                VIGIE_CHECK(blocks::decode_column(*bytes, block.times_ms.size(), last_column, chunk_));
                VIGIE_CHECK(gather(*one.column, block.times_ms));
            }
        }
        if (series.size() > 1) {
            std::stable_sort(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) {
                return a.column != b.column ? std::less<>()(a.column, b.column) : a.last.at_ms < b.last.at_ms;
            });
        }
        for (size_t i = 0; i < samples_.size(); ++i) {
            const auto& [column, next] = samples_[i];
            const bool is_replaced =
                i + 1 < samples_.size() && samples_[i + 1].column == column && samples_[i + 1].last.at_ms == next.at_ms;
            if (!is_replaced) {
                VIGIE_CHECK(repeat_until(*column, next.at_ms));
                VIGIE_CHECK(put(*column, next.at_ms, next.value));
                last_[column] = next;
            }
        }
        return {};
    }

    Result<void> gather(SampleColumn& column, std::span<const int64_t> times_ms) {
        size_t value = 0;
        for (const auto& run : chunk_.runs) {
            for (uint32_t i = 0; i < run.count; ++i) {
                samples_.push_back({&column, {times_ms[run.first + i], chunk_.values[value++]}});
            }
        }
        return budget_.spend(times_ms.size());
    }

    // The value before, when it is of the window before: also one that is older than what is wanted.
    Result<void> repeat_until(SampleColumn& column, int64_t at_ms) {
        const auto last = last_.find(&column);
        if (last == last_.end() || at_ms - last->second.at_ms > 2 * width_of(tier_).count()) {
            return {};
        }
        for (auto next = last->second.at_ms + lookback_ms; next < at_ms; next += lookback_ms) {
            VIGIE_CHECK(put(column, next, last->second.value));
        }
        return {};
    }

    Result<void> put(SampleColumn& column, int64_t at_ms, double value) {
        const bool is_in = at_ms >= std::max(column.from_ms, range_.from_ms) &&
                           at_ms <= std::min(column.to_ms, range_.to_ms) &&
                           (column.times_ms.empty() || column.times_ms.back() < at_ms);
        if (!is_in) {
            return {};
        }
        VIGIE_CHECK(budget_.take(1));
        column.times_ms.push_back(at_ms);
        column.values.push_back(value);
        return {};
    }

    BlockReader& blocks_;
    const Tier tier_;
    const TimeRange range_;
    query::Budget& budget_;
    blocks::Chunk chunk_;
    std::vector<Sample> samples_;  // of one place
    std::unordered_map<const SampleColumn*, Last> last_;
};

}  // namespace

Result<std::vector<TierRange>> coarser_ranges(BlockReader& blocks, int64_t raw_from_ms) {
    std::vector<TierRange> ranges;
    auto before_ms = raw_from_ms;
    for (const auto tier : {Tier::five_minutes, Tier::hour}) {
        VIGIE_TRY(const auto first, blocks.slot_from(tier, 0));
        if (first && span_of(tier, *first).start_ms < before_ms) {
            const auto from_ms = span_of(tier, *first).start_ms;
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
