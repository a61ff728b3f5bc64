// The transitions, one function for each kind of observation.
#include "controller/alerts/machine.hpp"

#include <algorithm>

namespace vigie::controller::alerts {
namespace {

// What comes of one episode.
struct Move {
    Episode state;
    Page page = Page::none;
};

void enter(Episode& state, Phase phase, WallTime at) {
    state.phase = phase;
    state.changed_at = at;
}

Move fire(Episode state, WallTime at) {
    // A host that was set back to an older image sends an old sample once more. What is told of an episode is known by
    // when it fired.
    const bool is_of_one_before = state.fired_at == at && state.resolved_at != WallTime{};
    enter(state, Phase::firing, at);
    state.is_open = true;
    state.fired_at = is_of_one_before ? at + 1ms : at;
    state.resolved_at = WallTime{};
    state.false_since.reset();
    return {state, Page::fire};
}

Move end(Episode state, WallTime at) {
    const bool was_open = state.is_open;
    enter(state, was_open ? Phase::resolved : Phase::inactive, at);
    state.is_open = false;
    state.false_since.reset();
    if (was_open) {
        state.resolved_at = std::max(at, state.fired_at);  // a host's clock may have been set back
    }
    return {state, was_open ? Page::resolve : Page::none};
}

bool is_interrupted(const Episode& state, WallTime at, std::optional<WallTime> previous_sample, milliseconds gap_max) {
    const auto last_seen = state.phase == Phase::no_data ? state.changed_at : previous_sample.value_or(at);
    return at - last_seen > gap_max || at < state.active_since;
}

Move on_breach(Episode state, WallTime at, std::optional<WallTime> previous_sample, const AlertPolicy& policy) {
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
    return at - state.active_since >= policy.hold ? fire(state, at) : Move{state, Page::none};
}

Move on_fine(Episode state, WallTime at, const AlertPolicy& policy) {
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

Move on_nothing(Episode state, WallTime at, const AlertPolicy& policy) {
    // It would begin anew with the next sample (is_interrupted), and paged nobody: nothing to keep.
    if (state.phase == Phase::no_data && !state.is_open && at - state.changed_at > policy.gap_max) {
        return end(state, at);
    }
    if (state.phase == Phase::pending || state.phase == Phase::firing) {
        enter(state, Phase::no_data, at);
    }
    return {state, Page::none};
}

Move advance(const Episode& state, Observed seen, WallTime at, std::optional<WallTime> previous_sample,
             const AlertPolicy& policy) {
    switch (seen) {
        case Observed::breach:
            return on_breach(state, at, previous_sample, policy);
        case Observed::held:  // one that has not fired is not kept by it
            return state.is_open ? on_breach(state, at, previous_sample, policy) : on_fine(state, at, policy);
        case Observed::fine:
            return on_fine(state, at, policy);
        case Observed::nothing:
            return on_nothing(state, at, policy);
    }
    return {state, Page::none};
}

// It is over, and its series is gone: nobody counts its evaluations any more.
bool is_forgotten(const AlertState& state, WallTime at, const AlertPolicy& policy) {
    const bool is_over = state.phase == Phase::inactive || state.phase == Phase::resolved;
    return is_over && at - state.changed_at > policy.gap_max;
}

AlertState shown_as(const Episode& episode, StateChanges changes, std::optional<Episode> beneath = std::nullopt) {
    return {episode, changes, std::move(beneath)};
}

// Beneath it may begin and end as it likes; what is shown stays one open episode.
Step while_flapping(const AlertState& before, const Episode& beneath, StateChanges changes, Observed seen,
                    WallTime at) {
    auto shown = shown_as(before, changes, beneath);
    shown.false_since.reset();
    if (seen == Observed::nothing) {
        return {shown_as(on_nothing(before, at, {}).state, changes, beneath), Page::none};
    }
    if (shown.phase != Phase::firing) {
        enter(shown, Phase::firing, at);
    }
    return {shown, Page::none};
}

// One that was paged as open goes on if it is open beneath, and is over otherwise: a recovery never comes without its
// begin, nor twice.
Step flapping_ended(const AlertState& before, const Episode& beneath, StateChanges changes, WallTime at) {
    if (!beneath.is_open) {
        const auto over = end(before, at);
        return {shown_as(over.state, changes), over.page};
    }
    auto shown = shown_as(before, changes);
    shown.false_since = beneath.false_since;
    if (shown.phase != beneath.phase) {
        enter(shown, beneath.phase, at);
    }
    return {shown, Page::none};
}

// A gap for so long that what is over beneath has recovered: its series may never come back, and nothing else would
// end it.
bool is_gone(const AlertState& before, const Episode& beneath, WallTime at, const AlertPolicy& policy) {
    return before.beneath && !beneath.is_open && before.phase == Phase::no_data &&
           at - before.changed_at > policy.gap_max;
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
    const Episode& inner = before.beneath ? *before.beneath : before;
    const auto next = advance(inner, seen, sampled_at, previous_sample, policy);
    if (seen == Observed::nothing) {  // says nothing about changes either
        if (is_gone(before, next.state, sampled_at, policy)) {
            return flapping_ended(before, next.state, 0, sampled_at);
        }
        const auto changes = is_forgotten(before, sampled_at, policy) ? 0 : before.changes;
        return before.beneath ? while_flapping(before, next.state, changes, seen, sampled_at)
                              : Step{shown_as(next.state, changes), next.page};
    }
    const bool is_changed = next.state.is_open != inner.is_open;
    const auto changes = policy.is_damped ? with_evaluation(before.changes, is_changed) : 0;
    if (is_flapping(changes, before.is_flapping())) {
        if (before.beneath || before.is_open) {
            return while_flapping(before, next.state, changes, seen, sampled_at);
        }
        return {shown_as(next.state, changes, next.state), next.page};  // it begins with an alert that begins
    }
    return before.beneath ? flapping_ended(before, next.state, changes, sampled_at)
                          : Step{shown_as(next.state, changes), next.page};
}

Step close(const AlertState& before, WallTime at) {
    const bool is_over = before.phase == Phase::inactive || before.phase == Phase::resolved;
    const auto closed = is_over ? Move{before, Page::none} : end(before, at);
    return {shown_as(closed.state, 0), closed.page};
}

}  // namespace vigie::controller::alerts
