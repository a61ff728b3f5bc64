// A notification as the JSON that Alertmanager posts to webhooks
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), version "4".
#pragma once
#include <string>

#include "controller/alerts/notification.hpp"

namespace vigie::controller::notify {

// One alert a message, grouped by all of its labels, so that groupKey names the alert. `external_url`: where people
// reach this controller, "" when nowhere. Bytes that are not UTF-8 become U+FFFD: the result is always valid JSON.
std::string webhook_json(const alerts::Notification& notification, const std::string& external_url);

}  // namespace vigie::controller::notify
