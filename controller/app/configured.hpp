// What the configuration names, read and checked: rules, routes and receivers.
#pragma once
#include "controller/config/controller_config.hpp"
#include "controller/notify/receiver.hpp"
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
// The same, and after them those of the routes' receivers, with the secrets that they name files of. Those of one
// receiver are called NAME/0, NAME/1, …; a webhook of such a name is a conflict.
Result<std::vector<notify::Receiver>> receivers_of(Files& files, const ControllerConfig& config,
                                                   const routing::Routing& routing);

}  // namespace vigie::controller
