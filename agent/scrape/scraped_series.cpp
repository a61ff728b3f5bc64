// Labels, then keys, then each key once.
#include "agent/scrape/scraped_series.hpp"

#include <algorithm>
#include <unordered_map>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

bool has_label(const std::vector<ParsedLabel>& labels, std::string_view name) {
    return std::any_of(labels.begin(), labels.end(), [name](const ParsedLabel& label) { return label.name == name; });
}

constexpr std::string_view kept_free = "exported_instance";

bool has_repeated_lines(std::string_view schema) {
    std::vector<std::string_view> keys;
    while (!schema.empty()) {
        keys.push_back(next_line(schema));
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

LabelMerger::LabelMerger(TargetLabels target, bool honor_labels) : honor_labels_(honor_labels) {
    for (const auto& [name, value] : target) {
        auto& [its_name, escaped] = target_.emplace_back(name, "");
        append_escaped(escaped, value);
    }
    std::sort(target_.begin(), target_.end());
    renamed_.resize(target_.size() + 1);
}

bool LabelMerger::is_target_label(std::string_view name) const {
    return std::any_of(target_.begin(), target_.end(), [name](const auto& label) { return label.first == name; });
}

bool LabelMerger::must_rename(std::string_view name) const {
    return name == kept_free || (!honor_labels_ && is_target_label(name));
}

// exported_NAME, with more of it in front while somebody has that name already.
void LabelMerger::add_renamed(const ParsedSample& sample, const ParsedLabel& label) {
    auto& name = renamed_.at(renamed_used_++);
    name.assign(label.name);
    do {
        name.insert(0, "exported_");
    } while (name == kept_free || is_target_label(name) || has_label(sample.labels, name) || has_label(merged_, name));
    merged_.push_back({name, label.escaped});
}

std::string_view LabelMerger::key_of(const ParsedSample& sample) {
    merged_.clear();
    renamed_used_ = 0;
    for (const auto& [name, escaped] : target_) {
        if (!honor_labels_ || !has_label(sample.labels, name)) {
            merged_.push_back({name, escaped});
        }
    }
    for (const auto& label : sample.labels) {
        if (!must_rename(label.name)) {
            merged_.push_back(label);
        } else if (!label.escaped.empty()) {
            add_renamed(sample, label);
        }
    }
    std::sort(merged_.begin(), merged_.end(),
              [](const ParsedLabel& a, const ParsedLabel& b) { return a.name < b.name; });
    key_.clear();
    append_key(key_, sample.name, merged_);
    return key_;
}

std::string LabelMerger::own_key(std::string_view name) const {
    std::vector<ParsedLabel> labels;
    for (const auto& [label, escaped] : target_) {
        labels.push_back({label, escaped});
    }
    std::string key;
    append_key(key, name, labels);
    return key;
}

Result<void> ScrapedSeries::read(ExpositionFormat format, std::string_view text, size_t samples_max) {
    is_there_ = false;
    samples_ = 0;
    timed_.clear();
    all_.begin();
    VIGIE_CHECK(parse_exposition(format, text, [&](const ParsedSample& sample) {
        if (++samples_ <= samples_max) {
            all_.add_key(merger_.key_of(sample), sample.value);
            timed_.push_back(sample.time.has_value());
        }
    }));
    if (samples_ > samples_max) {
        return fail(ErrorCode::too_large, "{} samples, at most {} may come: raise sample_limit, or expose less",
                    samples_, samples_max);
    }
    if (all_.finish()) {
        has_repeated_ = has_repeated_lines(all_.schema());
    }
    if (has_repeated_) {
        drop_repeated();
    }
    is_there_ = true;
    return {};
}

void ScrapedSeries::drop_repeated() {
    std::unordered_map<std::string_view, size_t> places;
    std::vector<std::pair<std::string_view, double>> series;
    std::string_view schema = all_.schema();
    for (size_t i = 0; i < all_.values().size(); ++i) {
        const auto key = next_line(schema);
        const auto [known, is_new] = places.emplace(key, series.size());
        if (is_new) {
            series.emplace_back(key, all_.values()[i]);
        } else if (timed_[i]) {
            series[known->second].second = all_.values()[i];
        }
    }
    once_.begin();
    for (const auto& [key, value] : series) {
        once_.add_key(key, value);
    }
    once_.finish();
}

void ScrapedSeries::add_to(const AddSeries& add) const {
    if (!is_there_) {
        return;
    }
    const auto& given = has_repeated_ ? once_ : all_;
    std::string_view schema = given.schema();
    for (const auto value : given.values()) {
        add(next_line(schema), value);
    }
}

}  // namespace vigie::agent
