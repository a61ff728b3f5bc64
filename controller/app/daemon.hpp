// The controller's parts and their threads put together.
#pragma once
#include "controller/config/controller_config.hpp"

namespace vigie::controller {

// What the configuration names: its rule files, schedules, webhooks, routes, log level and group. All
// that is wrong, a line each, with file and line; of a rule file with all its faults.
Result<void> check_config(Files& files, const ControllerConfig& config);

// Runs until SIGTERM or SIGINT. SIGHUP opens the log file again. Errors are those of starting: another controller on
// the same state folder or socket, a bad rule file, an address in use.
Result<void> run_daemon(const ControllerConfig& config);

}  // namespace vigie::controller
