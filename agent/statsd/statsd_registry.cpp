// Samples to entries, entries to series.
#include "agent/statsd/statsd_registry.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "agent/series/sample_line.hpp"

namespace vigie::agent {
namespace {

constexpr size_t example_bytes_max = 200;
constexpr size_t timer_key_bytes_added = 24;  // {quantile="0.99"}, about

size_t share_of_a_name(size_t all) {
    return all * statsd_name_share_percent / 100;
}

// Of the same key and type only: what a gauge was is nothing to a counter.
uint64_t hash_of(const std::string& key, StatsdKind kind) {
    return std::hash<std::string>{}(key) + static_cast<uint64_t>(kind);
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

size_t StatsdRegistry::series_of(StatsdKind kind) const {
    return kind == StatsdKind::timer ? limits_.quantiles.size() + 2 : 1;
}

size_t StatsdRegistry::bytes_of(StatsdKind kind) const {
    const auto added = kind == StatsdKind::timer ? timer_key_bytes_added : 0;
    return series_of(kind) * (key_.text().size() + added);
}

std::unique_ptr<StatsdRegistry::Timer> StatsdRegistry::make_timer() const {
    auto timer = std::make_unique<Timer>();
    for (const auto quantile : limits_.quantiles) {
        timer->keys.push_back(key_.metric() + with_quantile(key_.labels(), quantile));
    }
    timer->keys.push_back(fmt::format("{}_sum{}", key_.metric(), key_.labels()));
    timer->keys.push_back(fmt::format("{}_count{}", key_.metric(), key_.labels()));
    timer->shown.assign(limits_.quantiles.size(), std::numeric_limits<double>::quiet_NaN());
    return timer;
}

StatsdRegistry::Entry StatsdRegistry::make_entry(StatsdKind kind) const {
    Entry entry;
    entry.kind = kind;
    entry.metric = key_.metric();
    entry.series = series_of(kind);
    entry.bytes = bytes_of(kind);
    entry.timer = kind == StatsdKind::timer ? make_timer() : nullptr;
    entry.members = kind == StatsdKind::set ? std::make_unique<UniqueValues>() : nullptr;
    return entry;
}

// The first key of a name finds room whatever its share: a timer has five series.
std::optional<StatsdFault> StatsdRegistry::why_no_room(size_t series, size_t bytes, bool is_new) const {
    const auto new_max = limits_.series_max * statsd_new_series_factor;
    const auto of_name = names_.series_of(key_.metric());
    const auto begun_of_name = names_.begun_of(key_.metric());
    if (series_ + series > limits_.series_max || bytes_ + bytes > statsd_keys_bytes_max) {
        return StatsdFault::series_limit;
    }
    if (of_name > 0 && of_name + series > share_of_a_name(limits_.series_max)) {
        return StatsdFault::name_limit;
    }
    const bool is_over_share = begun_of_name > 0 && begun_of_name + series > share_of_a_name(new_max);
    return is_new && (begun_ + series > new_max || is_over_share) ? std::optional(StatsdFault::day_limit)
                                                                  : std::nullopt;
}

StatsdRegistry::Entry* StatsdRegistry::add_entry(StatsdKind kind) {
    const auto hash = hash_of(key_.text(), kind);
    const bool is_new = !idle_.has(hash);
    if (const auto fault = why_no_room(series_of(kind), bytes_of(kind), is_new)) {
        refuse(*fault);
        ++refused_since_;
        refused_example_.assign(key_.text(), 0, example_bytes_max);
        return nullptr;
    }
    auto entry = make_entry(kind);
    // What was idle goes on from where it was: a counter never goes back, and changes of a gauge keep their base.
    const auto was = idle_.take(hash).value_or(IdleValue{});
    entry.value = was.value;
    if (entry.timer) {
        entry.timer->sum = was.value;
        entry.timer->count = was.count;
    }
    series_ += entry.series;
    bytes_ += entry.bytes;
    begun_ += is_new ? entry.series : 0;
    names_.add(entry.metric, kind, entry.series, is_new);
    return &entries_.emplace(key_.text(), std::move(entry)).first->second;
}

StatsdRegistry::Entry* StatsdRegistry::entry_for(StatsdKind kind) {
    if (const auto known = entries_.find(key_.text()); known != entries_.end() && known->second.kind == kind) {
        return &known->second;
    }
    if (!names_.may_have(key_.metric(), kind)) {
        refuse(StatsdFault::type_conflict);
        return nullptr;
    }
    return add_entry(kind);
}

bool StatsdRegistry::begin(const StatsdSeries& series) {
    current_ = nullptr;
    rate_ = series.rate;
    if (const auto fault = key_.make(series, *this)) {
        refuse(*fault);
        return false;
    }
    current_ = entry_for(series.kind);
    if (current_ == nullptr) {
        return false;
    }
    current_->heard = now_;
    return true;
}

void StatsdRegistry::take(const StatsdValue& value) {
    if (add_value(value)) {
        ++samples_;
    } else {
        refuse(StatsdFault::malformed_value);
    }
}

// False when a sum would become infinite, which it could not leave again.
bool StatsdRegistry::add_value(const StatsdValue& value) {
    auto& entry = *current_;
    if (entry.members) {
        entry.members->add(value.text);
        return true;
    }
    if (entry.timer) {
        auto& timer = *entry.timer;
        const auto sum = timer.sum + value.value / rate_;
        const auto count = timer.count + 1 / rate_;
        if (!std::isfinite(sum) || !std::isfinite(count)) {
            return false;
        }
        timer.sketch.add(value.value, 1 / rate_);
        timer.sum = sum;
        timer.count = count;
        return true;
    }
    const auto next = entry.kind == StatsdKind::counter ? entry.value + value.value / rate_
                      : value.is_change                 ? entry.value + value.value
                                                        : value.value;
    if (!std::isfinite(next)) {
        return false;
    }
    entry.value = next;
    return true;
}

void StatsdRegistry::forget(const std::string& key, const Entry& entry) {
    idle_.put(hash_of(key, entry.kind),
              entry.timer ? IdleValue{entry.timer->sum, entry.timer->count} : IdleValue{entry.value, 0});
    series_ -= entry.series;
    bytes_ -= entry.bytes;
    names_.remove(entry.metric, entry.kind, entry.series);
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
        if (now - entry.heard > limits_.ttl) {
            forget(key, entry);
            at = entries_.erase(at);
        } else {
            close_interval(entry);
            ++at;
        }
    }
    if (!day_began_) {
        day_began_ = now;
    } else if (now - *day_began_ >= statsd_day) {
        day_began_ = now;
        begun_ = 0;
        names_.begin_day();
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
