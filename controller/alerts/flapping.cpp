#include "controller/alerts/flapping.hpp"

namespace vigie::controller::alerts {

StateChanges with_evaluation(StateChanges changes, bool is_changed) {
    return ((changes << 1) | (is_changed ? 1U : 0U)) & ((1U << state_changes_kept) - 1);
}

int flapping_value(StateChanges changes) {
    // 100 * sum(0.8 + 0.02 * i) / 20 percent, i from 0 for the oldest: 4 + 0.1 * i percent each.
    int value = 0;
    for (int age = 0; age < state_changes_kept; ++age) {
        if ((changes >> age & 1U) != 0) {
            value += 400 + 10 * (state_changes_kept - 1 - age);
        }
    }
    return value;
}

bool is_flapping(StateChanges changes, bool was_flapping) {
    return flapping_value(changes) > (was_flapping ? flapping_ends_at : flapping_begins_above);
}

}  // namespace vigie::controller::alerts
