// Samples to entries, entries to series.
#include "agent/statsd/statsd_registry.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "agent/series/sample_line.hpp"
#include "agent/statsd/metric_names.hpp"

namespace vigie::agent {
namespace {

// The host's own names. A series of theirs from outside could not be told from the real one.
bool is_reserved(std::string_view metric) {
    return metric.starts_with("node_") || metric.starts_with("container_") || metric.starts_with("vigie_");
}

// The label quantile put in its place among sorted labels, "" or "{…}".
std::string with_quantile(std::string_view labels, double quantile) {
    std::vector<ParsedLabel> sorted;
    static_cast<void>(cut_labels(labels, {}, sorted));  // the registry wrote them
    const auto text = fmt::format("{}", quantile);
    sorted.insert(std::lower_bound(sorted.begin(), sorted.end(), std::string_view("quantile"),
                                   [](const ParsedLabel& a, std::string_view name) { return a.name < name; }),
                  {"quantile", text});
    std::string key;
    append_key(key, "", sorted);
    return key;
}

}  // namespace

void StatsdRegistry::set_limits(const StatsdLimits& limits) {
    limits_.series_max = limits.series_max;
    limits_.ttl = limits.ttl;
}

bool StatsdRegistry::add_tag(const StatsdTag& tag, bool is_timer) {
    if (tags_used_ == tags_.size()) {
        tags_.emplace_back();
    }
    auto& [name, value] = tags_[tags_used_];
    name.clear();
    append_valid_name(name, tag.name);
    // Prometheus keeps names with two underscores for itself, and a timer's quantiles need their label.
    if (name.starts_with("__") || (is_timer && name == "quantile")) {
        refuse(StatsdFault::malformed_tag);
        return false;
    }
    const auto end = tags_.begin() + static_cast<ptrdiff_t>(tags_used_);
    const auto same = std::find_if(tags_.begin(), end, [&](const auto& known) { return known.first == name; });
    if (same != end) {
        same->second = tag.value;  // of a tag that comes twice the last one counts
        return true;
    }
    value = tag.value;
    ++tags_used_;
    return true;
}

// key_ and metric_ of the sample; false when its name is one of the host's.
bool StatsdRegistry::make_key(const StatsdSample& sample) {
    metric_.clear();
    append_valid_name(metric_, sample.name);
    if (is_reserved(metric_)) {
        refuse(StatsdFault::reserved_name);
        return false;
    }
    tags_used_ = 0;
    for (const auto& tag : *sample.tags) {
        add_tag(tag, sample.kind == StatsdKind::timer);
    }
    const auto end = tags_.begin() + static_cast<ptrdiff_t>(tags_used_);
    std::sort(tags_.begin(), end, [](const auto& a, const auto& b) { return a.first < b.first; });
    key_.assign(metric_);
    const char* opening = "{";
    for (auto at = tags_.begin(); at != end; ++at) {
        key_.append(opening).append(at->first).append("=\"");
        append_escaped(key_, at->second);
        key_ += '"';
        opening = ",";
    }
    if (tags_used_ > 0) {
        key_ += '}';
    }
    return true;
}

size_t StatsdRegistry::series_of(StatsdKind kind) const {
    return kind == StatsdKind::timer ? limits_.quantiles.size() + 2 : 1;
}

std::unique_ptr<StatsdRegistry::Timer> StatsdRegistry::make_timer() const {
    auto timer = std::make_unique<Timer>();
    const auto labels = std::string_view(key_).substr(metric_.size());
    for (const auto quantile : limits_.quantiles) {
        timer->keys.push_back(metric_ + with_quantile(labels, quantile));
    }
    timer->keys.push_back(fmt::format("{}_sum{}", metric_, labels));
    timer->keys.push_back(fmt::format("{}_count{}", metric_, labels));
    timer->shown.assign(limits_.quantiles.size(), std::numeric_limits<double>::quiet_NaN());
    return timer;
}

StatsdRegistry::Entry StatsdRegistry::make_entry(const StatsdSample& sample) {
    Entry entry;
    entry.kind = sample.kind;
    entry.timer = sample.kind == StatsdKind::timer ? make_timer() : nullptr;
    entry.members = sample.kind == StatsdKind::set ? std::make_unique<UniqueValues>() : nullptr;
    // A counter that was idle goes on from where it was: it never goes back.
    if (const auto known = remembered_.find(std::hash<std::string>{}(key_)); known != remembered_.end()) {
        const auto& was = known->second;
        if (entry.timer && was.count > 0) {
            entry.timer->sum = was.value;
            entry.timer->count = was.count;
        } else if (sample.kind == StatsdKind::counter && was.count == 0) {
            entry.value = was.value;
        }
        remembered_.erase(known);
    }
    return entry;
}

StatsdRegistry::Entry* StatsdRegistry::entry_for(const StatsdSample& sample) {
    if (const auto known = entries_.find(key_); known != entries_.end()) {
        if (known->second.kind != sample.kind) {
            refuse(StatsdFault::type_conflict);
            return nullptr;
        }
        return &known->second;
    }
    const auto needed = series_of(sample.kind);
    if (series_ + needed > limits_.series_max) {
        refuse(StatsdFault::series_limit);
        ++refused_since_;
        refused_example_.assign(key_, 0, 200);
        return nullptr;
    }
    series_ += needed;
    return &entries_.emplace(key_, make_entry(sample)).first->second;
}

void StatsdRegistry::take(const StatsdSample& sample) {
    if (!make_key(sample)) {
        return;
    }
    auto* const entry = entry_for(sample);
    if (entry == nullptr) {
        return;
    }
    ++samples_;
    entry->heard = now_;
    switch (sample.kind) {
        case StatsdKind::counter:
            entry->value += sample.value / sample.rate;
            break;
        case StatsdKind::gauge:
            entry->value = sample.is_change ? entry->value + sample.value : sample.value;
            break;
        case StatsdKind::timer:
            entry->timer->sketch.add(sample.value, 1 / sample.rate);
            entry->timer->sum += sample.value / sample.rate;
            entry->timer->count += 1 / sample.rate;
            break;
        case StatsdKind::set:
            entry->members->add(sample.text);
            break;
    }
}

// Whether an idle entry may go: what counts only once it is remembered.
bool StatsdRegistry::may_forget(const std::string& key, const Entry& entry) {
    if (entry.kind != StatsdKind::counter && entry.kind != StatsdKind::timer) {
        return true;
    }
    if (remembered_.size() >= statsd_remembered_max) {
        return false;
    }
    remembered_[std::hash<std::string>{}(key)] =
        entry.timer ? Remembered{entry.timer->sum, entry.timer->count} : Remembered{entry.value, 0};
    return true;
}

void StatsdRegistry::close_interval(Entry& entry) const {
    if (entry.members) {
        entry.value = entry.members->count();
        entry.members->clear();
    }
    if (entry.timer) {
        for (size_t i = 0; i < entry.timer->shown.size(); ++i) {
            const auto value = entry.timer->sketch.quantile(limits_.quantiles[i]);
            entry.timer->shown[i] = value.value_or(std::numeric_limits<double>::quiet_NaN());
        }
        entry.timer->sketch.clear();
    }
}

void StatsdRegistry::begin_collection(MonoTime now) {
    for (auto at = entries_.begin(); at != entries_.end();) {
        auto& [key, entry] = *at;
        if (now - entry.heard > limits_.ttl && may_forget(key, entry)) {
            series_ -= entry.timer ? entry.timer->keys.size() : 1;
            at = entries_.erase(at);
        } else {
            close_interval(entry);
            ++at;
        }
    }
    left_out_ = std::exchange(refused_since_, 0);
    example_ = refused_example_;
}

void StatsdRegistry::add_series(const AddSeries& add) const {
    for (const auto& [key, entry] : entries_) {
        if (!entry.timer) {
            add(key, entry.value);
            continue;
        }
        const auto& timer = *entry.timer;
        for (size_t i = 0; i < timer.shown.size(); ++i) {
            add(timer.keys[i], timer.shown[i]);
        }
        add(timer.keys[timer.shown.size()], timer.sum);
        add(timer.keys[timer.shown.size() + 1], timer.count);
    }
}

void StatsdRegistry::add_own_series(const AddSeries& add) const {
    add("vigie_statsd_datagrams_total", static_cast<double>(datagrams_));
    add("vigie_statsd_datagrams_dropped_total", static_cast<double>(dropped_));
    add("vigie_statsd_samples_total", static_cast<double>(samples_));
    std::string key;
    for (size_t i = 0; i < statsd_faults_count; ++i) {
        key.assign("vigie_statsd_refused_total{reason=\"").append(name_of(static_cast<StatsdFault>(i))).append("\"}");
        add(key, static_cast<double>(faults_.at(i)));
    }
}

}  // namespace vigie::agent
