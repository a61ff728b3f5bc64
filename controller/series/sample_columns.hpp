// Samples of many series between two times: from the head's rows and from blocks, as of one snapshot, each row and each
// chunk read once.
#pragma once
#include <map>
#include <span>
#include <vector>

#include "controller/query/budget.hpp"
#include "controller/query/source.hpp"
#include "controller/store/block_rows.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

// Of a time that only coarser tiers have: what their windows' samples came to.
struct CoarseSamples {
    std::vector<int64_t> times_ms{};  // rising
    std::vector<double> values{};
    std::vector<double> counts{};  // of Reading::total only: how many samples each value is the sum of
};

// What a series is read into.
struct SampleColumn {
    int64_t from_ms = 0;  // the times wanted, both included
    int64_t to_ms = 0;
    std::vector<int64_t> times_ms{};  // rising
    std::vector<double> values{};
    // For each reading that is wanted beside `samples`. Where these end, times_ms and values go on: after coarse_to_ms.
    std::map<query::Reading, CoarseSamples> coarse{};
    int64_t coarse_to_ms = INT64_MIN;
    bool is_live = false;  // the host's newest row had it
    uint64_t seen_in = 0;  // the moment that it was last in
};

// Ids of one column: several when a host wrote one label set in two ways.
struct WantedSeries {
    uint64_t id = 0;
    uint64_t place = 0;  // place_of its labels
    SampleColumn* column = nullptr;
};
struct WantedHost {
    AgentId agent{};
    std::vector<WantedSeries> series{};
};

struct TimeRange {
    int64_t from_ms = 0;  // both included
    int64_t to_ms = 0;
};

// Whether a series that a host's row lacks, although the one before had it, gets a stale marker there (NaN with
// query::stale_bits).
enum class Ends { marked, not_marked };

// Fills the columns, whose own range may be smaller. `ranges` need no order and may overlap. The error of `budget`, or
// of a row that is damaged.
Result<void> read_columns(const StoreSnapshot& snapshot, std::vector<WantedHost>& hosts,
                          std::span<const TimeRange> ranges, Ends ends, query::Budget& budget);

}  // namespace vigie::controller
