// A message as the JSON that Alertmanager posts to webhooks
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), version "4".
#pragma once
#include <string>

#include "controller/notify/message.hpp"

namespace vigie::controller::notify {

// It is firing while one of its alerts is. `external_url`: where people reach this controller, "" when nowhere. Bytes
// that are not UTF-8 become U+FFFD: the result is always valid JSON.
std::string webhook_json(const Message& message, const std::string& external_url);
// Where an alert is shown; of what has no id, this controller; "" when `external_url` is.
std::string generator_url(const alerts::Notification& one, const std::string& external_url);

}  // namespace vigie::controller::notify
