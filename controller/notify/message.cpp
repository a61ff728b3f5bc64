#include "controller/notify/message.hpp"

#include <algorithm>

namespace vigie::controller::notify {
namespace {

// -1, 0 or 1, as the first comes before, beside or after the second.
int compare_label(const alerts::Labels& a, const alerts::Labels& b, const std::string& name) {
    const auto in_a = a.find(name);
    const auto in_b = b.find(name);
    if (in_a == a.end() || in_b == b.end()) {
        return in_a == a.end() && in_b == b.end() ? 0 : in_a == a.end() ? 1 : -1;
    }
    return in_a->second.compare(in_b->second);
}

bool is_before(const alerts::Notification& one, const alerts::Notification& other) {
    for (const auto* name : {"job", "instance"}) {
        if (const auto order = compare_label(one.labels, other.labels, name); order != 0) {
            return order < 0;
        }
    }
    if (one.labels.size() != other.labels.size()) {
        return one.labels.size() < other.labels.size();
    }
    return one.labels < other.labels;
}

}  // namespace

bool is_firing(const Message& message) {
    return std::any_of(message.alerts.begin(), message.alerts.end(), [](const auto& one) { return !one.is_resolved; });
}

alerts::Labels common(const Message& message, alerts::Labels alerts::Notification::*member) {
    auto kept = message.alerts.front().*member;
    for (const auto& one : message.alerts) {
        std::erase_if(kept, [&](const auto& label) {
            const auto found = (one.*member).find(label.first);
            return found == (one.*member).end() || found->second != label.second;
        });
    }
    return kept;
}

void sort_as_told(std::vector<alerts::Notification>& alerts) {
    std::stable_sort(alerts.begin(), alerts.end(), is_before);
}

}  // namespace vigie::controller::notify
