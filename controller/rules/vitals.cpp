#include "controller/rules/vitals.hpp"

namespace vigie::controller::rules {

int RuleVitals::note(const Rule& rule, bool is_of_one_host, WallTime at, nanoseconds took, std::string failure) {
    const std::lock_guard lock(guard_);
    auto& vital = vitals_[&rule];
    before_.try_emplace(&rule, vital);
    const bool was_failing = !vital.failure.empty();
    vital.evaluated_at = vital.evaluated_at ? std::max(*vital.evaluated_at, at) : at;
    vital.took = took;
    if (!failure.empty()) {
        vital.failure = std::move(failure);
        vital.failed_at = *vital.evaluated_at;
        return was_failing ? 0 : 1;
    }
    if (was_failing && (!is_of_one_host || *vital.evaluated_at - vital.failed_at > failure_kept_for)) {
        vital.failure.clear();
        return -1;
    }
    return 0;
}

void RuleVitals::on_committed(bool is_stored) {
    const std::lock_guard lock(guard_);
    for (auto& [rule, vital] : before_) {
        if (!is_stored) {
            vitals_.insert_or_assign(rule, std::move(vital));
        }
    }
    before_.clear();
}

Vital RuleVitals::of(const Rule& rule) const {
    const std::lock_guard lock(guard_);
    const auto found = vitals_.find(&rule);
    return found == vitals_.end() ? Vital{} : found->second;
}

}  // namespace vigie::controller::rules
