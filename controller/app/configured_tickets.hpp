// What the configuration says of tickets, read and checked.
#pragma once
#include "controller/config/controller_config.hpp"
#include "controller/config/tickets_config.hpp"
#include "controller/notify/receiver.hpp"
#include "controller/tickets/options.hpp"

namespace vigie::controller {

// Of what `config` was read from: matchers read, and each receiver's name found among `receivers`. Errors name file,
// line and key, and the nearest name.
Result<tickets::Options> load_tickets(Files& files, const ControllerConfig& config,
                                      const std::vector<notify::Receiver>& receivers);

}  // namespace vigie::controller
