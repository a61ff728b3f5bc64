// What the configuration names, read and checked: rules and receivers.
#pragma once
#include "controller/config/controller_config.hpp"
#include "controller/notify/receiver.hpp"
#include "controller/rules/evaluate.hpp"

namespace vigie::controller {

// Of all rule files, with their settings. Errors name the file and line, of a file that can't be read the place that
// names it.
Result<rules::RuleSet> load_rules(Files& files, const ControllerConfig& config);

// Of all webhooks. Errors name the webhook.
Result<std::vector<notify::Receiver>> receivers_of(const ControllerConfig& config);

}  // namespace vigie::controller
