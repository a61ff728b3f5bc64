#include "controller/query/series_labels.hpp"

#include <cstring>

#include "controller/query/labels.hpp"
#include "controller/query/literals.hpp"

namespace vigie::controller::query {
namespace {

constexpr bool is_first_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_listed(std::span<const std::string> sorted_names, std::string_view name) {
    return std::binary_search(sorted_names.begin(), sorted_names.end(), name);
}

}  // namespace

std::string_view SeriesLabels::value_of(std::string_view name) const {
    for (const auto& label : all_) {
        if (label.name == name) {
            return label.value;
        }
    }
    return {};
}

uint64_t SeriesLabels::hash() const {
    constexpr uint64_t factor = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio: spreads what differs in few bits
    uint64_t hash = all_.size();
    for (const auto& label : all_) {
        hash = (hash ^ std::hash<std::string_view>{}(label.name)) * factor;
        hash = (hash ^ std::hash<std::string_view>{}(label.value)) * factor;
    }
    return hash ^ (hash >> 32);
}

bool operator<(const SeriesLabels& a, const SeriesLabels& b) {
    const auto is_less = [](const Label& x, const Label& y) {
        return x.name != y.name ? x.name < y.name : x.value < y.value;
    };
    return std::lexicographical_compare(a.all_.begin(), a.all_.end(), b.all_.begin(), b.all_.end(), is_less);
}

std::string text_of(const SeriesLabels& labels) {
    constexpr size_t bytes_shown_max = 1'000;
    std::string text = "{";
    for (const auto& label : labels.all()) {
        if (text.size() + label.name.size() + label.value.size() > bytes_shown_max) {
            return text + ", …}";
        }
        text += fmt::format("{}{}={}", text.size() > 1 ? ", " : "", label.name, quoted(label.value));
    }
    return text + "}";
}

std::string_view LabelArena::keep(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    bytes_ += text.size();
    auto* to = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
}

SeriesLabels LabelArena::keep(std::span<const Label> sorted) {
    if (sorted.empty()) {
        return SeriesLabels();
    }
    bytes_ += sorted.size_bytes();
    auto* to = static_cast<Label*>(memory_.allocate(sorted.size_bytes(), alignof(Label)));
    std::uninitialized_copy(sorted.begin(), sorted.end(), to);
    return SeriesLabels(std::span<const Label>(to, sorted.size()));
}

void LabelEdit::start(const SeriesLabels& labels) {
    labels_.assign(labels.all().begin(), labels.all().end());
}

void LabelEdit::set(std::string_view name, std::string_view value) {
    const auto found =
        std::lower_bound(labels_.begin(), labels_.end(), name,
                         [](const Label& label, std::string_view wanted) { return label.name < wanted; });
    const bool is_there = found != labels_.end() && found->name == name;
    if (value.empty()) {
        if (is_there) {
            labels_.erase(found);
        }
    } else if (is_there) {
        found->value = value;
    } else {
        labels_.insert(found, Label{name, value});
    }
}

void LabelEdit::erase(std::span<const std::string> sorted_names) {
    std::erase_if(labels_, [&](const Label& label) { return is_listed(sorted_names, label.name); });
}

void LabelEdit::keep_only(std::span<const std::string> sorted_names) {
    std::erase_if(labels_, [&](const Label& label) { return !is_listed(sorted_names, label.name); });
}

SeriesLabels without_name(const SeriesLabels& labels, LabelArena& arena) {
    const auto all = labels.all();
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].name != metric_name_label) {
            continue;
        }
        if (i == 0) {
            return SeriesLabels(all.subspan(1));
        }
        std::vector<Label> rest(all.begin(), all.end());
        rest.erase(rest.begin() + static_cast<long>(i));
        return arena.keep(rest);
    }
    return labels;
}

bool is_label_name(std::string_view name) {
    return !name.empty() && is_first_letter(name[0]) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_first_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace vigie::controller::query
