#include "controller/rules/test_alerts.hpp"

#include "controller/rules/alert_series.hpp"

namespace vigie::controller::rules {
Result<std::vector<RecordedSample>> TestedRule::evaluate(query::SeriesSource& source, WallTime at,
                                                         const query::Options& options) {
    VIGIE_TRY(const auto value, query::evaluate_at(rule_.expression, source, at, options));
    std::map<Labels, AlertText> found;
    for (const auto& series : value.series) {
        auto text = expand_alert(rule_, labels_of(series), series.samples.front().value, world_);
        const auto labels = text.labels;
        if (!found.emplace(labels, std::move(text)).second) {
            return fail(ErrorCode::conflict, "several alerts have the same labels once the rule's labels are set");
        }
    }
    for (auto& [labels, text] : found) {
        auto& alert = active_.try_emplace(labels, Alert{.text = text, .active_at = at}).first->second;
        alert.text.annotations = text.annotations;
    }
    std::vector<RecordedSample> samples;
    for (auto alert = active_.begin(); alert != active_.end();) {
        bool is_over = false;
        step(alert->second, found.contains(alert->first), at, is_over);
        if (is_over) {
            alert = active_.erase(alert);
            continue;
        }
        add_alert_series(alert->first, alert->second.is_firing, alert->second.active_at, samples);
        ++alert;
    }
    if (limit_ > 0 && active_.size() > static_cast<size_t>(limit_)) {
        const auto count = active_.size();
        active_.clear();
        return fail(ErrorCode::too_large, "it has {} alerts, more than the group's limit of {}", count, limit_);
    }
    return samples;
}

void TestedRule::step(Alert& alert, bool is_true, WallTime at, bool& is_over) const {
    if (is_true) {
        alert.false_since.reset();
        alert.is_firing = alert.is_firing || at - alert.active_at >= rule_.hold;
        return;
    }
    if (alert.is_firing && rule_.keep_firing > 0ms) {
        alert.false_since = alert.false_since.value_or(at);
        is_over = at - *alert.false_since >= rule_.keep_firing;
        return;
    }
    is_over = true;
}

std::vector<AlertText> TestedRule::firing() const {
    std::vector<AlertText> texts;
    for (const auto& [labels, alert] : active_) {
        if (alert.is_firing) {
            texts.push_back(alert.text);
        }
    }
    return texts;
}

}  // namespace vigie::controller::rules
