// One run at a time for one state file. The kernel holds the lock, so a run that dies leaves none behind.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent::logs {

// Waits up to `wait` for another run to end; conflict when it still holds the lock then.
Result<Fd> lock_run(const std::string& path, milliseconds wait);

}  // namespace vigie::agent::logs
