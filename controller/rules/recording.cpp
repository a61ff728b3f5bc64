#include "controller/rules/recording.hpp"

#include <set>

#include "controller/rules/alert_text.hpp"

namespace vigie::controller::rules {

Result<std::vector<RecordedSample>> record(const Rule& rule, query::SeriesSource& source, WallTime at, int64_t limit,
                                           const query::Options& options) {
    VIGIE_TRY(const auto value, query::evaluate_at(rule.expression, source, at, options));
    std::vector<RecordedSample> samples;
    std::set<Labels> seen;
    for (const auto& series : value.series) {
        auto labels = recorded_labels(rule, labels_of(series));
        if (!seen.insert(labels).second) {
            return fail(ErrorCode::conflict, "several series have the same labels once the rule's labels are set");
        }
        samples.push_back({std::move(labels), series.samples.front().value});
    }
    if (limit > 0 && samples.size() > static_cast<size_t>(limit)) {
        return fail(ErrorCode::too_large, "it makes {} series, more than the group's limit of {}", samples.size(),
                    limit);
    }
    return samples;
}

}  // namespace vigie::controller::rules
