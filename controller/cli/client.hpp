// Asks the controller one thing over its Unix socket. Blocking, with a deadline.
#pragma once
#include <functional>

#include "controller/operator/requests.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

// Longer than any answer should take; past it the controller hangs and `vigie doctor` is the next step.
constexpr int answer_seconds_max = 30;

// Asks again after a pause where the controller hung up before it read the request. unavailable when nobody listens at
// the path, denied when the socket may not be opened; other errors are the controller's own answer.
Result<Json> ask_controller(const std::string& socket_path, const Request& request,
                            const std::function<void(milliseconds)>& pause);

}  // namespace vigie::controller
