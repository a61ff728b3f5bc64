#include "controller/rules/overlay_source.hpp"

#include <algorithm>

namespace vigie::controller::rules {

void Overlay::add(const query::Labels& labels, double value) {
    auto [found, is_new] = samples_.try_emplace(labels);
    found->second.value = value;
    for (const auto& [name, text] : found->first) {
        if (is_new && !text.empty()) {
            found->second.views.push_back({name, text});
        }
    }
}

Result<std::vector<query::SeriesSamples>> OverlaySource::select(const query::Selection& selection) {
    VIGIE_TRY(auto found, below_.select(selection));
    if (overlay_.at_ms_ < selection.from_ms || overlay_.at_ms_ > selection.to_ms) {
        return found;
    }
    for (const auto& [labels, sample] : overlay_.samples_) {
        const bool is_wanted = std::all_of(selection.matchers.begin(), selection.matchers.end(),
                                           [&labels = labels](const auto& one) { return one.is_match(labels); });
        if (!is_wanted) {
            continue;
        }
        const query::SeriesLabels wanted{std::span<const query::Label>(sample.views)};
        const auto same = std::find_if(found.begin(), found.end(), [&wanted](const auto& one) {
            return query::SeriesLabels(one.labels) == wanted;
        });
        auto& times = times_.emplace_back();
        auto& values = values_.emplace_back();
        if (same != found.end()) {
            const auto before = std::lower_bound(same->times_ms.begin(), same->times_ms.end(), overlay_.at_ms_);
            times.assign(same->times_ms.begin(), before);
            values.assign(same->values.begin(), same->values.begin() + (before - same->times_ms.begin()));
        }
        times.push_back(overlay_.at_ms_);
        values.push_back(sample.value);
        if (same != found.end()) {
            same->times_ms = times;
            same->values = values;
        } else {
            found.push_back({sample.views, times, values});
        }
    }
    return found;
}

}  // namespace vigie::controller::rules
