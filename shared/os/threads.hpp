// A thread of its own for a call that may hang for ever, such as statfs of a dead server. Not for anything else: a loop
// or a worker process is the place for work.
#pragma once
#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie {

// Runs run(argument) on a detached thread with all signals blocked. `name` has at most 15 characters.
Result<void> start_detached_thread(const char* name, Bytes stack, void (*run)(void*), void* argument);

}  // namespace vigie
