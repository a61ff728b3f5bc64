// The rules.
#include "agent/checks/check_state.hpp"

namespace vigie::agent {
namespace {

CheckChange to_hard(CheckState& state, WallTime now) {
    const bool is_other = state.hard_status != state.status;
    state.is_hard = true;
    state.hard_status = state.status;
    state.hard_since = is_other ? now : state.hard_since;
    return is_other ? CheckChange::hard : CheckChange::none;
}

CheckChange take_ok(CheckState& state, bool was_soft, WallTime now) {
    state.attempt = 1;
    const auto change = to_hard(state, now);
    return change == CheckChange::none && was_soft ? CheckChange::soft : change;
}

}  // namespace

CheckChange advance(CheckState& state, CheckStatus result, int64_t max_attempts, WallTime now) {
    const bool is_first = !state.has_result;
    const auto before = state;
    if (is_first || result != state.status) {
        state.since = now;
    }
    state.hard_since = is_first ? now : state.hard_since;
    state.has_result = true;
    state.status = result;
    if (result == CheckStatus::ok) {
        const auto change = take_ok(state, !before.is_hard, now);
        return is_first ? CheckChange::first : change;
    }
    if (before.is_hard && before.hard_status != CheckStatus::ok) {
        return to_hard(state, now);
    }
    state.attempt = before.is_hard ? 1 : before.attempt + 1;
    if (state.attempt >= max_attempts) {
        state.attempt = max_attempts;
        return to_hard(state, now);
    }
    state.is_hard = false;
    return before.is_hard || result != before.status ? CheckChange::soft : CheckChange::none;
}

milliseconds pause_after(const CheckState& state, const Check& check) {
    return state.has_result && !state.is_hard ? check.retry_interval : check.interval;
}

}  // namespace vigie::agent
