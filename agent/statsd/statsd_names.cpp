// A timer's two further names stand beside it with a role of their own, which no type has.
#include "agent/statsd/statsd_names.hpp"

namespace vigie::agent {

bool StatsdNames::is_free_for(const std::string& metric, Role role) const {
    const auto known = names_.find(metric);
    return known == names_.end() || known->second.role == role;
}

bool StatsdNames::may_have(const std::string& metric, StatsdKind kind) const {
    const bool is_free = is_free_for(metric, role_of(kind));
    return is_free && (kind != StatsdKind::timer || (is_free_for(metric + "_sum", Role::part_of_timer) &&
                                                     is_free_for(metric + "_count", Role::part_of_timer)));
}

void StatsdNames::add(const std::string& metric, StatsdKind kind, size_t series, bool is_new) {
    auto& name = names_[metric];
    name.role = role_of(kind);
    ++name.keys;
    name.series += series;
    name.begun += is_new ? series : 0;
    if (kind == StatsdKind::timer) {
        names_[metric + "_sum"].role = Role::part_of_timer;
        names_[metric + "_count"].role = Role::part_of_timer;
    }
}

void StatsdNames::remove(const std::string& metric, StatsdKind kind, size_t series) {
    const auto known = names_.find(metric);
    known->second.series -= series;
    if (--known->second.keys > 0) {
        return;
    }
    names_.erase(known);
    if (kind == StatsdKind::timer) {
        names_.erase(metric + "_sum");
        names_.erase(metric + "_count");
    }
}

size_t StatsdNames::series_of(const std::string& metric) const {
    const auto known = names_.find(metric);
    return known == names_.end() ? 0 : known->second.series;
}

size_t StatsdNames::begun_of(const std::string& metric) const {
    const auto known = names_.find(metric);
    return known == names_.end() ? 0 : known->second.begun;
}

void StatsdNames::begin_day() {
    for (auto& [metric, name] : names_) {
        name.begun = 0;
    }
}

}  // namespace vigie::agent
