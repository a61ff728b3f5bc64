// One pass while nothing changes. When the set of series changed, up to three more find out who has a place and which
// keys come twice.
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

size_t bytes_of(std::string_view key) {
    return key.size() + 1 + value_bytes;
}

// What explodes among a source's series: its names, or the label with the most different values. Quantiles are few, and
// the agent's own.
std::string what_varies(const SeriesSource& source) {
    std::set<std::string, std::less<>> names;
    std::map<std::string, std::set<std::string>, std::less<>> values;
    source.add_series([&](std::string_view key, double) {
        names.emplace(cut_metric_name(key));
        std::vector<ParsedLabel> labels;
        static_cast<void>(cut_labels(key, {}, labels));  // a key that we wrote
        for (const auto& label : labels) {
            if (label.name != "quantile") {
                values[std::string(label.name)].emplace(label.escaped);
            }
        }
    });
    const auto most = std::max_element(values.begin(), values.end(),
                                       [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    if (most == values.end() || most->second.size() < names.size()) {
        return names.empty() ? std::string() : fmt::format("it has {} different names; ", names.size());
    }
    return fmt::format("the label {} has the most values, {}; ", most->first, most->second.size());
}

}  // namespace

bool AppSeries::is_repeated(std::string_view key) {
    const auto known = repeated_.find(key);
    if (known == repeated_.end()) {
        return false;
    }
    return known->second.is_of_host || std::exchange(known->second.is_given, true);
}

bool AppSeries::has_place(std::string_view key) const {
    return std::binary_search(places_.begin(), places_.end(), std::hash<std::string_view>{}(key));
}

void AppSeries::walk(Sources sources, const Visit& visit) {
    for (auto& [key, one] : repeated_) {
        one.is_given = false;
    }
    for (size_t i = 0; i < sources.size(); ++i) {
        sources[i]->add_series(
            [&](std::string_view key, double value) { visit(i, key, value, !repeated_.empty() && is_repeated(key)); });
    }
}

void AppSeries::begin_counts(Sources sources) {
    counts_.resize(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) {
        const auto room = sources[i]->room();
        counts_[i] = {.sent = 0, .left_out = room.left_out, .example = room.example};
    }
}

AppSeries::Room AppSeries::room_for_new(Sources sources, size_t bytes) {
    size_t series = 0;
    walk(sources, [&](size_t, std::string_view key, double, bool is_second) {
        if (!is_second && has_place(key)) {
            ++series;
            bytes += bytes_of(key);
        }
    });
    return {.series = series_max_ - std::min(series_max_, series),
            .bytes = reading_bytes_max - std::min(reading_bytes_max, bytes)};
}

// False when not all found room.
bool AppSeries::pass(Sources sources, SeriesWriter& out) {
    begin_counts(sources);
    size_t bytes = out.written().size() + out.values().size() * value_bytes;
    auto room = is_full_ ? room_for_new(sources, bytes) : Room{series_max_, reading_bytes_max};
    size_t total = 0;
    bool has_all = true;
    walk(sources, [&](size_t i, std::string_view key, double value, bool is_second) {
        const auto needed = bytes_of(key);
        const bool is_new = !is_full_ || !has_place(key);
        const bool has_room = total < series_max_ && bytes + needed <= reading_bytes_max &&
                              (!is_new || (room.series > 0 && needed <= room.bytes));
        if (is_second || !has_room) {
            has_all = has_all && has_room;
            ++counts_[i].left_out;
            counts_[i].example = key.substr(0, example_bytes_max);
            return;
        }
        ++total;
        bytes += needed;
        room.series -= is_new ? 1 : 0;
        room.bytes -= is_new ? needed : 0;
        ++counts_[i].sent;
        out.add_key(key, value);
    });
    return has_all;
}

// Again, with places for those that had one, when there is no room for all.
void AppSeries::pass_within(Sources sources, SeriesWriter& out, const SeriesWriter::Mark& start) {
    const bool has_all = pass(sources, out);
    if (!has_all && !is_full_) {
        is_full_ = true;
        out.rewind(start);
        pass(sources, out);
    }
    is_full_ = !has_all;
}

void AppSeries::keep_places(std::string_view keys) {
    places_.clear();
    while (!keys.empty()) {
        places_.push_back(std::hash<std::string_view>{}(next_line(keys)));
    }
    std::sort(places_.begin(), places_.end());
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

void AppSeries::write(Sources sources, SeriesWriter& out, MonoTime now) {
    for (auto* const source : sources) {
        source->begin_collection(now);
    }
    const auto start = out.mark();
    pass_within(sources, out, start);
    if (out.has_changed()) {
        if (!repeated_.empty()) {
            repeated_.clear();
            out.rewind(start);
            pass_within(sources, out, start);
        }
        find_repeated(out.written().substr(0, start.written), out.written());
        if (!repeated_.empty()) {
            out.rewind(start);
            pass_within(sources, out, start);
        }
        keep_places(out.written().substr(start.written));
    }
    for (size_t i = 0; i < sources.size(); ++i) {
        note(*sources[i], counts_[i], now);
    }
    write_counts(sources, out, now);
}

void AppSeries::write_counts(Sources sources, SeriesWriter& out, MonoTime now) {
    for (size_t i = 0; i < sources.size(); ++i) {
        const std::array<SeriesLabel, 1> labels{{{"source", sources[i]->name()}}};
        const auto known = left_out_.find(sources[i]->name());
        const bool is_shown = known != left_out_.end() && now - known->second.at <= left_out_shown;
        out.add("vigie_app_series", labels, static_cast<double>(counts_[i].sent));
        out.add("vigie_app_series_left_out", labels, is_shown ? static_cast<double>(known->second.count) : 0);
        out.add("vigie_app_series_limit", labels, static_cast<double>(sources[i]->room().series_max));
        sources[i]->add_own_series([&](std::string_view key, double value) { out.add_key(key, value); });
    }
    std::erase_if(left_out_, [now](const auto& one) { return now - one.second.at > room_notice_every; });
}

void AppSeries::note(const SeriesSource& source, const Count& count, MonoTime now) {
    if (count.left_out == 0) {
        return;
    }
    auto& known = left_out_[source.name()];
    known.count = count.left_out;
    known.at = now;
    if (known.told && now - *known.told < room_notice_every) {
        return;
    }
    known.told = now;
    const auto series_max = source.room().series_max;
    notices_.push_back(
        // What to mend comes first: tables and pages show the beginning of an event only.
        fmt::format("{}: {}{} series or values are left out, such as {}: it may have {} series, all applications {} "
                    "and {} KiB, and each series comes from one source only; {} are sent",
                    source.name(), what_varies(source), count.left_out, count.example, series_max, series_max_,
                    reading_bytes_max / 1024, count.sent));
}

}  // namespace vigie::agent
