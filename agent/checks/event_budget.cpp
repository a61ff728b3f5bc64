// A bucket of events, refilled one by one.
#include "agent/checks/event_budget.hpp"

#include <algorithm>
#include <utility>

namespace vigie::agent {

bool EventBudget::spend(MonoTime now) {
    if (!is_used_) {
        is_used_ = true;
        refilled_at_ = now;
    }
    const auto refills = (now - refilled_at_) / refill_every;
    refilled_at_ += refills * refill_every;
    saved_ = std::min(saved_max, saved_ + static_cast<int64_t>(refills));
    if (saved_ == 0) {
        ++untold_;
        return false;
    }
    --saved_;
    return true;
}

uint64_t EventBudget::take_untold() {
    return std::exchange(untold_, 0);
}

}  // namespace vigie::agent
