// One alert's state machine. Pure: times come in, a new state goes out.
#pragma once
#include <optional>
#include <string_view>

#include "controller/alerts/flapping.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::alerts {

// The numbers stand on disk.
enum class Phase : uint8_t { inactive = 1, pending = 2, firing = 3, no_data = 4, resolved = 5 };
std::string_view name_of(Phase phase);

// What a host's report says about one label set. held: the expression is false, but what clears the alert is not true.
enum class Observed { breach, held, fine, nothing };

// A pending breach that nobody saw for longer starts its `for` again: two samples an hour apart do not show that it
// lasted an hour. Five minutes is how long Prometheus takes a sample as current.
constexpr milliseconds continuity_gap_max = std::chrono::minutes{5};

struct AlertPolicy {
    milliseconds hold{0};         // the rule's `for`
    milliseconds keep_firing{0};  // the rule's `keep_firing_for`
    milliseconds gap_max = continuity_gap_max;
    // While it flaps it stays open, and nobody is paged for what is beneath. Of evaluations that come again and again.
    bool is_damped = false;
};

// Times are those of samples.
struct Episode {
    Phase phase = Phase::inactive;
    bool is_open = false;     // fired and not resolved, while no_data too
    WallTime active_since{};  // the first sample of the breach; of resolved: of the last one
    WallTime fired_at{};
    WallTime resolved_at{};
    WallTime changed_at{};                  // the last change of phase
    std::optional<WallTime> false_since{};  // firing only because of keep_firing
    bool operator==(const Episode&) const = default;
};

// As people see it.
struct AlertState : Episode {
    StateChanges changes = 0;          // of whether it is open, flapping not regarded
    std::optional<Episode> beneath{};  // while it flaps: what it would be otherwise
    bool is_flapping() const { return beneath.has_value(); }
    bool operator==(const AlertState&) const = default;
};

// Neither inactive nor resolved.
inline bool is_active(const AlertState& state) {
    return state.phase != Phase::inactive && state.phase != Phase::resolved;
}

enum class Page { none, fire, resolve };

struct Step {
    AlertState state;
    Page page = Page::none;
};

// `previous_sample`: the host's report before this one; nullopt when there was none.
Step step(const AlertState& before, Observed seen, WallTime sampled_at, std::optional<WallTime> previous_sample,
          const AlertPolicy& policy);

// Ends an alert without a sample: its rule or its host is gone, or an operator said so.
Step close(const AlertState& before, WallTime at);

}  // namespace vigie::controller::alerts
