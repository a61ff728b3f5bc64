// What one POST tells: the alerts of a group, as they are when it is sent.
#pragma once
#include <vector>

#include "controller/alerts/notification.hpp"

namespace vigie::controller::notify {

struct Message {
    std::string receiver;
    std::string group_key;
    alerts::Labels group_labels;
    std::vector<alerts::Notification> alerts;  // in the order in which they are told; never empty
    size_t truncated = 0;                      // alerts of the group that are left out
    milliseconds told_again_after{0};          // at the latest, while it lasts: repeat_interval and a turn; 0: never
};

bool is_firing(const Message& message);  // one of its alerts is
// What all alerts have with the same value, of their labels or their annotations.
alerts::Labels common(const Message& message, alerts::Labels alerts::Notification::*member);

// By job and instance, then by all labels: Alertmanager's order. Those without one of the two come last.
void sort_as_told(std::vector<alerts::Notification>& alerts);

}  // namespace vigie::controller::notify
