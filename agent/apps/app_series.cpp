// One pass while nothing changes. When the set of series changed, up to two more find out which keys come twice.
#include "agent/apps/app_series.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "agent/series/sample_line.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr size_t example_bytes_max = 200;

// The label with the most different values among a source's series: what explodes.
std::string most_varied_label(const SeriesSource& source) {
    std::map<std::string, std::set<std::string>, std::less<>> values;
    source.add_series([&](std::string_view key, double) {
        cut_metric_name(key);
        std::vector<ParsedLabel> labels;
        static_cast<void>(cut_labels(key, {}, labels));  // a key that we wrote
        for (const auto& label : labels) {
            values[std::string(label.name)].emplace(label.escaped);
        }
    });
    const auto most = std::max_element(values.begin(), values.end(),
                                       [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    return most == values.end()
               ? std::string()
               : fmt::format("; the label {} has the most values, {}", most->first, most->second.size());
}

}  // namespace

bool AppSeries::is_repeated(std::string_view key) {
    const auto known = repeated_.find(key);
    if (known == repeated_.end()) {
        return false;
    }
    return known->second.is_of_host || std::exchange(known->second.is_given, true);
}

void AppSeries::pass(std::span<SeriesSource* const> sources, SeriesWriter& out) {
    for (auto& [key, one] : repeated_) {
        one.is_given = false;
    }
    size_t total = 0;
    for (size_t i = 0; i < sources.size(); ++i) {
        auto& count = counts_[i];
        const auto room = sources[i]->room();
        count.sent = 0;
        count.left_out = room.left_out;
        count.example = room.example;
        sources[i]->add_series([&](std::string_view key, double value) {
            const auto bytes = out.written().size() + key.size() + (out.values().size() + 1) * value_bytes;
            if (total >= series_max_ || bytes > reading_bytes_max || (!repeated_.empty() && is_repeated(key))) {
                ++count.left_out;
                count.example = key.substr(0, example_bytes_max);
                return;
            }
            ++total;
            ++count.sent;
            out.add_key(key, value);
        });
    }
}

void AppSeries::find_repeated(std::string_view host_keys, std::string_view all_keys) {
    struct Key {
        std::string_view text;
        bool is_of_host;
    };
    std::vector<Key> keys;
    const auto* const host_end = host_keys.data() + host_keys.size();
    while (!all_keys.empty()) {
        const auto key = next_line(all_keys);
        keys.push_back({key, key.data() < host_end});
    }
    std::stable_sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.text < b.text; });
    for (size_t i = 1; i < keys.size(); ++i) {
        if (keys[i].text == keys[i - 1].text) {
            auto& one = repeated_[std::string(keys[i].text)];
            one.is_of_host = one.is_of_host || keys[i - 1].is_of_host;
        }
    }
}

void AppSeries::write(std::span<SeriesSource* const> sources, SeriesWriter& out, MonoTime now) {
    counts_.resize(sources.size());
    for (auto* const source : sources) {
        source->begin_collection(now);
    }
    const auto start = out.mark();
    pass(sources, out);
    if (out.has_changed()) {
        if (!repeated_.empty()) {
            repeated_.clear();
            out.rewind(start);
            pass(sources, out);
        }
        find_repeated(out.written().substr(0, start.written), out.written());
        if (!repeated_.empty()) {
            out.rewind(start);
            pass(sources, out);
        }
    }
    write_counts(sources, out);
    for (size_t i = 0; i < sources.size(); ++i) {
        note(*sources[i], counts_[i], now);
    }
}

void AppSeries::write_counts(std::span<SeriesSource* const> sources, SeriesWriter& out) const {
    for (size_t i = 0; i < sources.size(); ++i) {
        const std::array<SeriesLabel, 1> labels{{{"source", sources[i]->name()}}};
        out.add("vigie_app_series", labels, static_cast<double>(counts_[i].sent));
        out.add("vigie_app_series_left_out", labels, static_cast<double>(counts_[i].left_out));
        out.add("vigie_app_series_limit", labels, static_cast<double>(sources[i]->room().series_max));
        sources[i]->add_own_series([&](std::string_view key, double value) { out.add_key(key, value); });
    }
}

void AppSeries::note(const SeriesSource& source, const Count& count, MonoTime now) {
    if (count.left_out == 0) {
        told_.erase(source.name());
        return;
    }
    const auto told = told_.find(source.name());
    if (told != told_.end() && now - told->second < room_notice_every) {
        return;
    }
    told_[source.name()] = now;
    const auto series_max = source.room().series_max;
    notices_.push_back(
        fmt::format("{}: {} series or values are left out, such as {}: it may have {} series, all applications {} and "
                    "{} KiB, and each "
                    "series comes from one source only; {} are sent{}",
                    source.name(), count.left_out, count.example, series_max, series_max_, reading_bytes_max / 1024,
                    count.sent, most_varied_label(source)));
}

}  // namespace vigie::agent
