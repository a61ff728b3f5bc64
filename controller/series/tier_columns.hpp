// What coarser tiers hold of the times before the finer ones begin.
#pragma once
#include "controller/series/column_writer.hpp"

namespace vigie::controller {

// Until when each coarser tier answers: where the next finer one begins. [from_ms, to_ms], empty when to_ms < from_ms.
struct TierRange {
    Tier tier;
    TimeRange range;
};
// Where a tier that holds anything begins, in Unix milliseconds.
struct TierStart {
    Tier tier;
    int64_t from_ms;
};
// Of the coarser tiers, the finer first.
Result<std::vector<TierStart>> coarser_starts(BlockReader& blocks);
// `raw_from_ms`: where raw samples begin, in blocks or rows. From the oldest on.
std::vector<TierRange> coarser_ranges(std::span<const TierStart> starts, int64_t raw_from_ms);

// Adds to each column the last value of each window of the tier within the range and what the column wants. Where the
// next window's is further away than a query looks back (5 min), the value is repeated so often that it is found.
// What else the column wants of a window stands in its `coarse`; of a window longer than 5 min spread over its times
// each 5 min, sum and count in equal parts, so that a range of any length meets its share.
Result<void> read_tier(BlockReader& blocks, const TierRange& tier, std::span<const WantedHost> hosts,
                       std::span<const TimeRange> wanted, query::Budget& budget);

}  // namespace vigie::controller
