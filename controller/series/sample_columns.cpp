// Slot by slot, host by host. Where a host has a block and no rows, as most have, whole chunks go into the columns;
// they are read in the order of their packs, so that each pack is opened once for all hosts.
#include "controller/series/sample_columns.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "controller/series/head_rows.hpp"
#include "controller/series/tier_columns.hpp"

namespace vigie::controller {

namespace {

// Beside looking at one sample: looking for a host's block, and for a series in it.
constexpr size_t cost_of_block = 200;
constexpr size_t cost_of_chunk = 20;

// Both included.
struct Buckets {
    uint32_t first = 0;
    uint32_t last = 0;
};

uint32_t bucket_of(int64_t unix_ms) {
    return static_cast<uint32_t>(std::clamp<int64_t>(unix_ms / keys::head_bucket_width.count(), 0, UINT32_MAX));
}

// Each bucket once, in order.
std::vector<Buckets> buckets_of(std::span<const TimeRange> ranges) {
    std::vector<Buckets> all;
    for (const auto& range : ranges) {
        if (range.from_ms <= range.to_ms && range.to_ms >= 0) {
            all.push_back({bucket_of(range.from_ms), bucket_of(range.to_ms)});
        }
    }
    std::sort(all.begin(), all.end(), [](const Buckets& a, const Buckets& b) { return a.first < b.first; });
    std::vector<Buckets> merged;
    for (const auto& some : all) {
        if (!merged.empty() && some.first <= merged.back().last) {
            merged.back().last = std::max(merged.back().last, some.last);
        } else {
            merged.push_back(some);
        }
    }
    return merged;
}

class ColumnsReader {
  public:
    ColumnsReader(const StoreSnapshot& snapshot, std::vector<WantedHost>& hosts, Ends ends, query::Budget& budget)
        : hosts_(hosts), budget_(budget), head_(snapshot, budget), blocks_(snapshot), writer_(ends, budget) {
        std::sort(hosts_.begin(), hosts_.end(),
                  [](const WantedHost& a, const WantedHost& b) { return a.agent < b.agent; });
        for (auto& host : hosts_) {
            std::sort(host.series.begin(), host.series.end(), [](const WantedSeries& a, const WantedSeries& b) {
                return std::pair(a.place, a.id) < std::pair(b.place, b.id);
            });
            std::set<SampleColumn*> unique;
            for (const auto& one : host.series) {
                unique.insert(one.column);
            }
            columns_.emplace_back(unique.begin(), unique.end());
        }
    }

    Result<void> read(std::span<const TimeRange> ranges) {
        if (hosts_.empty()) {
            return {};
        }
        VIGIE_CHECK(read_coarser(ranges));
        for (const auto& some : buckets_of(ranges)) {
            if (is_short(some)) {
                for (uint64_t bucket = some.first; bucket <= some.last; ++bucket) {
                    VIGIE_CHECK(read_bucket(static_cast<uint32_t>(bucket)));
                }
                continue;
            }
            // Centuries asked for must not cost a look into each of their buckets.
            VIGIE_TRY(auto bucket, stored_from(some.first));
            while (bucket && *bucket <= some.last) {
                VIGIE_CHECK(read_bucket(*bucket));
                if (*bucket == UINT32_MAX) {
                    break;
                }
                VIGIE_TRY(bucket, stored_from(*bucket + 1));
            }
        }
        return {};
    }

  private:
    // A host's block whose chunks are yet to be read.
    struct Sealed {
        size_t host;
        HostBlock block;
    };
    struct Request {
        uint32_t piece;
        const WantedSeries* series;
        size_t sealed;
    };

    Result<void> read_coarser(std::span<const TimeRange> ranges) {
        VIGIE_TRY(const auto starts, coarser_starts(blocks_));
        if (starts.empty()) {
            return {};  // no samples are old enough yet: it does not matter from when on there are raw ones
        }
        VIGIE_TRY(const auto first, stored_from(0));
        const auto raw_from_ms = first ? span_of(Tier::raw, *first).start_ms : INT64_MAX;
        for (const auto& tier : coarser_ranges(starts, raw_from_ms)) {
            VIGIE_CHECK(read_tier(blocks_, tier, hosts_, ranges, budget_));
        }
        return {};
    }

    // To look into each bucket for the host costs less than to ask where the next one is.
    bool is_short(const Buckets& some) const {
        constexpr uint64_t looks_max = 32;
        return (uint64_t{some.last} - some.first + 1) * hosts_.size() <= looks_max;
    }

    Result<std::optional<uint32_t>> stored_from(uint32_t bucket) {
        VIGIE_TRY(const auto in_blocks, blocks_.slot_from(Tier::raw, bucket));
        VIGIE_TRY(const auto in_head, head_.bucket_from(bucket));
        return in_blocks && in_head ? std::min(in_blocks, in_head) : in_blocks ? in_blocks : in_head;
    }

    Result<void> read_bucket(uint32_t bucket) {
        sealed_.clear();
        for (size_t i = 0; i < hosts_.size(); ++i) {
            VIGIE_CHECK(budget_.spend(cost_of_block));
            VIGIE_TRY(auto block, blocks_.block(Tier::raw, bucket, hosts_[i].agent));
            VIGIE_TRY(const bool has_rows, head_.find(bucket, hosts_[i].agent));
            const bool is_plain = columns_[i].size() == hosts_[i].series.size();
            if (block && !has_rows && is_plain) {
                sealed_.push_back({i, std::move(*block)});
            } else if (block || has_rows) {
                VIGIE_CHECK(read_mixed(bucket, i, block));
            }
        }
        return read_sealed(bucket);
    }

    // What is sealed of the host together with what came later.
    Result<void> read_mixed(uint32_t bucket, size_t host, const std::optional<HostBlock>& block) {
        if (block) {
            head_.add_block_times(block->times_ms);
            for (const auto& one : hosts_[host].series) {
                VIGIE_TRY(const auto bytes, blocks_.chunk(Tier::raw, bucket, block->piece, one.place, one.id));
                if (bytes) {
                    VIGIE_CHECK(blocks::decode_chunk(*bytes, block->times_ms.size(), chunk_));
                    VIGIE_CHECK(head_.add_block(block->times_ms, *one.column, chunk_));
                }
            }
        }
        VIGIE_TRY(const bool has_rows, head_.find(bucket, hosts_[host].agent));
        if (has_rows) {
            VIGIE_CHECK(head_.take(bucket, hosts_[host]));
        }
        return head_.give(writer_, columns_[host]);
    }

    Result<void> read_sealed(uint32_t bucket) {
        std::vector<Request> requests;
        for (size_t i = 0; i < sealed_.size(); ++i) {
            for (const auto& one : hosts_[sealed_[i].host].series) {
                requests.push_back({sealed_[i].block.piece, &one, i});
            }
        }
        std::sort(requests.begin(), requests.end(), [](const Request& a, const Request& b) {
            return std::tuple(a.piece, a.series->place, a.series->id) <
                   std::tuple(b.piece, b.series->place, b.series->id);
        });
        for (const auto& [piece, series, sealed] : requests) {
            const auto& times_ms = sealed_[sealed].block.times_ms;
            VIGIE_TRY(const auto bytes, blocks_.chunk(Tier::raw, bucket, piece, series->place, series->id));
            if (bytes) {
                VIGIE_CHECK(blocks::decode_chunk(*bytes, times_ms.size(), chunk_));
            }
            VIGIE_CHECK(budget_.spend(cost_of_chunk + times_ms.size()));
            VIGIE_CHECK(writer_.add_chunk(*series->column, times_ms, bytes ? &chunk_ : nullptr));
        }
        return {};
    }

    std::vector<WantedHost>& hosts_;
    std::vector<std::vector<SampleColumn*>> columns_;  // of each host
    query::Budget& budget_;
    HeadRows head_;
    BlockReader blocks_;
    ColumnWriter writer_;
    std::vector<Sealed> sealed_;  // of one bucket
    blocks::Chunk chunk_;
};

}  // namespace

Result<void> read_columns(const StoreSnapshot& snapshot, std::vector<WantedHost>& hosts,
                          std::span<const TimeRange> ranges, Ends ends, query::Budget& budget) {
    return ColumnsReader(snapshot, hosts, ends, budget).read(ranges);
}

}  // namespace vigie::controller
