// The controller's parts and their threads put together.
#pragma once
#include "controller/config/controller_config.hpp"

namespace vigie::controller {

// What the configuration names: its rule files, schedules, webhooks, routes, log level and group. The faults of all
// parts, a line each, with file and line; of a rule file or a file of routes all that it has.
Result<void> check_config(Files& files, const ControllerConfig& config);

// Runs until SIGTERM or SIGINT. SIGHUP opens the log file again. Errors are those of starting: another controller on
// the same state folder or socket, a bad rule file, an address in use.
Result<void> run_daemon(const ControllerConfig& config);

}  // namespace vigie::controller
