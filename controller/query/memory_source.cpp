#include "controller/query/memory_source.hpp"

#include "shared/core/assert.hpp"

namespace vigie::controller::query {

void MemorySource::add(const Labels& labels, std::vector<int64_t> times_ms, std::vector<double> values) {
    VIGIE_ASSERT(times_ms.size() == values.size());
    VIGIE_ASSERT(std::is_sorted(times_ms.begin(), times_ms.end(), std::less_equal<>{}));
    auto named = labels;
    std::erase_if(named, [](const auto& label) { return label.second.empty(); });
    const auto [at, is_new] = series_.try_emplace(std::move(named));
    VIGIE_ASSERT(is_new);
    for (const auto& [name, value] : at->first) {
        at->second.views.push_back({name, value});
    }
    at->second.times_ms = std::move(times_ms);
    at->second.values = std::move(values);
}

Result<std::vector<SeriesSamples>> MemorySource::select(const Selection& selection) {
    std::vector<SeriesSamples> found;
    for (const auto& [labels, series] : series_) {
        const bool is_wanted = std::all_of(selection.matchers.begin(), selection.matchers.end(),
                                           [&labels = labels](const Matcher& one) { return one.is_match(labels); });
        const auto& times = series.times_ms;
        const auto first = std::lower_bound(times.begin(), times.end(), selection.from_ms) - times.begin();
        const auto last = std::upper_bound(times.begin(), times.end(), selection.to_ms) - times.begin();
        if (is_wanted && first < last) {
            const auto from = static_cast<size_t>(first);
            const auto count = static_cast<size_t>(last - first);
            found.push_back(
                {series.views, std::span(times).subspan(from, count), std::span(series.values).subspan(from, count)});
        }
    }
    return found;
}

}  // namespace vigie::controller::query
