// Whether something changes its state too often: Icinga 2's measure
// (https://icinga.com/docs/icinga-2/latest/doc/08-advanced-topics/#check-flapping). Pure.
#pragma once
#include <cstdint>

namespace vigie::controller::alerts {

// Of the last 20 evaluations, one bit each, the newest lowest: the state changed. It stands on disk.
using StateChanges = uint32_t;
constexpr int state_changes_kept = 20;

StateChanges with_evaluation(StateChanges changes, bool is_changed);

// A change counts between 0.8, the oldest, and 1.18, the newest, of 20: in hundredths of a percent, 0 to 9,900.
int flapping_value(StateChanges changes);

// It begins above 30 % and is over at 25 %.
constexpr int flapping_begins_above = 3'000;
constexpr int flapping_ends_at = 2'500;
bool is_flapping(StateChanges changes, bool was_flapping);

}  // namespace vigie::controller::alerts
