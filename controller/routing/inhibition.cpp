#include "controller/routing/inhibition.hpp"

#include <algorithm>

namespace vigie::controller::routing {

Inhibitor::Values Inhibitor::values_of(const InhibitRule& rule, const Labels& labels) {
    Values values;
    for (const auto& name : rule.equal) {
        const auto found = labels.find(name);
        values.push_back(found == labels.end() ? "" : found->second);
    }
    return values;
}

void Inhibitor::set_firing(uint64_t id, const Labels& labels) {
    for (size_t i = 0; i < rules_.size(); ++i) {
        if (is_match(rules_[i].source, labels)) {
            sources_[i][values_of(rules_[i], labels)][id] = is_match(rules_[i].target, labels);
        }
    }
}

void Inhibitor::set_over(uint64_t id, const Labels& labels) {
    for (size_t i = 0; i < rules_.size(); ++i) {
        const auto found = sources_[i].find(values_of(rules_[i], labels));
        if (found != sources_[i].end()) {
            found->second.erase(id);
            if (found->second.empty()) {
                sources_[i].erase(found);
            }
        }
    }
}

bool Inhibitor::is_inhibited(const Labels& labels) const {
    for (size_t i = 0; i < rules_.size(); ++i) {
        if (sources_[i].empty() || !is_match(rules_[i].target, labels)) {
            continue;
        }
        const auto found = sources_[i].find(values_of(rules_[i], labels));
        if (found == sources_[i].end()) {
            continue;
        }
        const bool is_source_too = is_match(rules_[i].source, labels);
        if (std::any_of(found->second.begin(), found->second.end(),
                        [&](const auto& source) { return !is_source_too || !source.second; })) {
            return true;
        }
    }
    return false;
}

}  // namespace vigie::controller::routing
