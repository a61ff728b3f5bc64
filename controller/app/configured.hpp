// What the configuration names, read and checked: rules, routes and receivers.
#pragma once
#include "controller/config/controller_config.hpp"
#include "controller/maintenance/maintenance.hpp"
#include "controller/notify/channel.hpp"
#include "controller/notify/receiver.hpp"
#include "controller/oncall/oncall_file.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/rules/evaluate.hpp"

namespace vigie::controller {

// Of all rule files, with their settings. Errors name the file and line, of a file that can't be read the place that
// names it.
Result<rules::RuleSet> load_rules(Files& files, const ControllerConfig& config);

// Of alertmanager_file; without a root when the configuration names none. Errors name file, line and column.
Result<routing::Routing> load_routing(Files& files, const ControllerConfig& config);

// Of all webhooks. Errors name the webhook.
Result<std::vector<notify::Receiver>> receivers_of(const ControllerConfig& config);
// The same, and after them those of the routes' receivers, with the secrets that they name files of. The webhooks of
// one receiver are called NAME/0, NAME/1, …, its other channels NAME/slack/0, …; a webhook of such a name is a
// conflict.
Result<std::vector<notify::Receiver>> receivers_of(Files& files, const ControllerConfig& config,
                                                   const routing::Routing& routing);

// What tells an outside watcher that this controller does its work: a message with one alert that always fires, called
// as the one of Prometheus' own mixins is. Nothing when the configuration has no `heartbeat`. Errors name the place.
Result<std::optional<notify::Request>> heartbeat_of(const ControllerConfig& config, const std::string& external_url,
                                                    WallTime started);

// `oncall`; empty when the configuration has none. `receivers`: of all webhooks and routes. Whoever is called must be
// one of them, and hear of alerts only when called or by routes. Errors name file, line and the nearest known receiver.
Result<oncall::OnCall> load_oncall(const ControllerConfig& config, const std::vector<notify::Receiver>& receivers);
// Those that hear of every alert, called or not.
std::vector<WebhookConfig> webhooks_of_all(const ControllerConfig& config);

}  // namespace vigie::controller
