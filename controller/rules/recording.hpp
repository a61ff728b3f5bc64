// What a recording rule writes at one time.
#pragma once
#include "controller/rules/verdict.hpp"

namespace vigie::controller::rules {

struct RecordedSample {
    Labels labels;  // with the rule's own and its name as __name__
    double value = 0;
};

// The failure is that of the engine, that two series have the same labels once the rule's are set, or more than `limit`
// of them (0: none).
Result<std::vector<RecordedSample>> record(const Rule& rule, query::SeriesSource& source, WallTime at, int64_t limit,
                                           const query::Options& options);

}  // namespace vigie::controller::rules
