// Names made valid, tags sorted, and both put together.
#include "agent/statsd/statsd_key.hpp"

#include <algorithm>

#include "agent/series/reserved_names.hpp"
#include "agent/series/sample_line.hpp"
#include "agent/statsd/metric_names.hpp"

namespace vigie::agent {

void StatsdKey::add_tag(const StatsdTag& tag, bool is_timer, StatsdTaker& taker) {
    if (tags_used_ == tags_.size()) {
        tags_.emplace_back();
    }
    auto& [name, value] = tags_[tags_used_];
    name.clear();
    append_valid_name(name, tag.name);
    // Prometheus keeps names with two underscores for itself, and a timer's quantiles need their label.
    if (name.starts_with("__") || (is_timer && name == "quantile")) {
        taker.refuse(StatsdFault::malformed_tag);
        return;
    }
    const auto end = tags_.begin() + static_cast<ptrdiff_t>(tags_used_);
    const auto same = std::find_if(tags_.begin(), end, [&key = name](const auto& known) { return known.first == key; });
    if (same != end) {
        same->second = tag.value;  // of a tag that comes twice the last one counts
        return;
    }
    value = tag.value;
    ++tags_used_;
}

std::optional<StatsdFault> StatsdKey::make(const StatsdSeries& series, StatsdTaker& taker) {
    const bool is_timer = series.kind == StatsdKind::timer;
    metric_.clear();
    append_valid_name(metric_, series.name);
    if (is_timer ? is_reserved_stem(metric_) : is_reserved_name(metric_)) {
        return StatsdFault::reserved_name;
    }
    tags_used_ = 0;
    for (const auto& tag : *series.tags) {
        add_tag(tag, is_timer, taker);
    }
    const auto end = tags_.begin() + static_cast<ptrdiff_t>(tags_used_);
    std::sort(tags_.begin(), end, [](const auto& a, const auto& b) { return a.first < b.first; });
    text_.assign(metric_);
    const char* opening = "{";
    for (auto at = tags_.begin(); at != end && text_.size() <= statsd_key_bytes_max; ++at) {
        text_.append(opening).append(at->first).append("=\"");
        append_escaped(text_, at->second);
        text_ += '"';
        opening = ",";
    }
    text_ += tags_used_ > 0 ? "}" : "";
    return text_.size() > statsd_key_bytes_max ? std::optional(StatsdFault::too_long) : std::nullopt;
}

}  // namespace vigie::agent
