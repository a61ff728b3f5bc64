#include "controller/rules/test_storage.hpp"

#include <algorithm>

namespace vigie::controller::rules {

void TestStorage::add(const query::Labels& labels, int64_t at_ms, double value) {
    auto [found, is_new] = series_.try_emplace(labels);
    auto& series = found->second;
    if (is_new) {
        for (const auto& [name, text] : found->first) {
            if (!text.empty()) {
                series.views.push_back({name, text});
            }
        }
    }
    if (!series.times_ms.empty() && series.times_ms.back() == at_ms) {
        series.values.back() = value;
        return;
    }
    series.times_ms.push_back(at_ms);
    series.values.push_back(value);
}

Result<std::vector<query::SeriesSamples>> TestStorage::select(const query::Selection& selection) {
    std::vector<query::SeriesSamples> found;
    for (const auto& [labels, series] : series_) {
        const bool is_wanted = std::all_of(selection.matchers.begin(), selection.matchers.end(),
                                           [&labels = labels](const auto& one) { return one.is_match(labels); });
        if (is_wanted && series.times_ms.back() >= selection.from_ms && series.times_ms.front() <= selection.to_ms) {
            found.push_back({series.views, series.times_ms, series.values});
        }
    }
    return found;
}

}  // namespace vigie::controller::rules
