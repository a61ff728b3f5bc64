// The group of a call is the alert's own (DeliveryQueue::group_for), and its identity begins with the alert's id.
#include "controller/notify/call_state.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller::notify {
namespace {

std::string prefix_of(char kind, const std::string& target, const std::string& alert_id) {
    return kind + keys::KeyWriter().text(target).rest(alert_id + " ").take();
}

bool has_call(const Told& told, alerts::Notification call) {
    for (; call.call > 0; --call.call) {
        if (told.firing.contains(episode_of(call))) {
            return true;
        }
    }
    return false;
}

bool is_of(const Attempt& attempt, const alerts::Notification& call) {
    return std::any_of(attempt.alerts.begin(), attempt.alerts.end(), [&call](const AttemptedAlert& one) {
        return one.alert_id == call.alert_id && one.starts_at == call.starts_at && !one.is_resolved;
    });
}

}  // namespace

Result<CallState> call_state(const StateStore& store, const std::string& target, const alerts::Notification& call) {
    CallState state;
    const auto told = prefix_of('n', target, call.alert_id);
    VIGIE_CHECK(store.scan(Family::outbox, told, keys::after_prefix(told), [&](std::string_view, std::string_view row) {
        const auto one = decode_told(row);
        state.is_taken = one && has_call(*one, call);
        return !state.is_taken;
    }));
    const auto attempts = prefix_of('a', target, call.alert_id);
    VIGIE_CHECK(store.scan_back(Family::outbox, attempts, keys::after_prefix(attempts),
                                [&](std::string_view key, std::string_view row) {
                                    auto attempt = decode_attempt(key, row);
                                    if (!attempt || !is_of(*attempt, call)) {
                                        return true;
                                    }
                                    if (attempt->outcome != AttemptOutcome::taken) {
                                        state.failed = std::move(*attempt);
                                    }
                                    return false;
                                }));
    return state;
}

}  // namespace vigie::controller::notify
