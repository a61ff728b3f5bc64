// The transitions, one function for each kind of observation.
#include "controller/alerts/machine.hpp"

#include <algorithm>

namespace vigie::controller::alerts {
namespace {

void enter(AlertState& state, Phase phase, WallTime at) {
    state.phase = phase;
    state.changed_at = at;
}

Step fire(AlertState state, WallTime at) {
    enter(state, Phase::firing, at);
    state.is_open = true;
    state.fired_at = at;
    state.resolved_at = WallTime{};
    state.false_since.reset();
    return {state, Page::fire};
}

Step end(AlertState state, WallTime at) {
    const bool was_open = state.is_open;
    enter(state, was_open ? Phase::resolved : Phase::inactive, at);
    state.is_open = false;
    state.false_since.reset();
    if (was_open) {
        state.resolved_at = std::max(at, state.fired_at);  // a host's clock may have been set back
    }
    return {state, was_open ? Page::resolve : Page::none};
}

bool is_interrupted(const AlertState& state, WallTime at, std::optional<WallTime> previous_sample,
                    milliseconds gap_max) {
    const auto last_seen = state.phase == Phase::no_data ? state.changed_at : previous_sample.value_or(at);
    return at - last_seen > gap_max || at < state.active_since;
}

Step on_breach(AlertState state, WallTime at, std::optional<WallTime> previous_sample, const AlertPolicy& policy) {
    if (state.is_open) {
        if (state.phase != Phase::firing) {
            enter(state, Phase::firing, at);
        }
        state.false_since.reset();
        return {state, Page::none};
    }
    if (state.phase == Phase::inactive || state.phase == Phase::resolved) {
        enter(state, Phase::pending, at);
        state.active_since = at;
    } else {
        if (is_interrupted(state, at, previous_sample, policy.gap_max)) {
            state.active_since = at;
        }
        if (state.phase == Phase::no_data) {
            enter(state, Phase::pending, at);
        }
    }
    return at - state.active_since >= policy.hold ? fire(state, at) : Step{state, Page::none};
}

Step on_fine(AlertState state, WallTime at, const AlertPolicy& policy) {
    if (state.phase == Phase::inactive || state.phase == Phase::resolved) {
        return {state, Page::none};
    }
    if (!state.is_open || policy.keep_firing == milliseconds{0}) {
        return end(state, at);
    }
    if (!state.false_since || at < *state.false_since) {
        state.false_since = at;
    }
    if (at - *state.false_since >= policy.keep_firing) {
        return end(state, at);
    }
    if (state.phase != Phase::firing) {
        enter(state, Phase::firing, at);
    }
    return {state, Page::none};
}

Step on_nothing(AlertState state, WallTime at, const AlertPolicy& policy) {
    // It would begin anew with the next sample (is_interrupted), and paged nobody: nothing to keep.
    if (state.phase == Phase::no_data && !state.is_open && at - state.changed_at > policy.gap_max) {
        return end(state, at);
    }
    if (state.phase == Phase::pending || state.phase == Phase::firing) {
        enter(state, Phase::no_data, at);
    }
    return {state, Page::none};
}

}  // namespace

std::string_view name_of(Phase phase) {
    switch (phase) {
        case Phase::inactive:
            return "inactive";
        case Phase::pending:
            return "pending";
        case Phase::firing:
            return "firing";
        case Phase::no_data:
            return "no_data";
        case Phase::resolved:
            return "resolved";
    }
    return "unknown";
}

Step step(const AlertState& before, Observed seen, WallTime sampled_at, std::optional<WallTime> previous_sample,
          const AlertPolicy& policy) {
    switch (seen) {
        case Observed::breach:
            return on_breach(before, sampled_at, previous_sample, policy);
        case Observed::fine:
            return on_fine(before, sampled_at, policy);
        case Observed::nothing:
            return on_nothing(before, sampled_at, policy);
    }
    return {before, Page::none};
}

Step close(const AlertState& before, WallTime at) {
    const bool is_over = before.phase == Phase::inactive || before.phase == Phase::resolved;
    return is_over ? Step{before, Page::none} : end(before, at);
}

}  // namespace vigie::controller::alerts
