#include "controller/rules/batch_source.hpp"

namespace vigie::controller::rules {

Result<std::vector<query::SeriesSamples>> BatchSource::select(const query::Selection& selection) {
    std::vector<query::SeriesSamples> series;
    const auto picked = picks_.find(&selection.matchers);
    if (picked == picks_.end()) {
        return series;
    }
    series.reserve(picked->second.size());
    for (const auto i : picked->second) {
        const auto& sample = host_.samples[i];
        auto& views = labels_[i];
        if (views.empty()) {
            views.reserve(sample.labels.size());
            for (const auto& [name, value] : sample.labels) {
                if (!value.empty()) {  // a label without a value is one that is not there
                    views.push_back({name, value});
                }
            }
        }
        series.push_back({views, {&at_ms_, 1}, {&sample.value, 1}});
    }
    return series;
}

}  // namespace vigie::controller::rules
