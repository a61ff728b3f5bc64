// Another program's standard output.
#pragma once
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

// Runs argv (its first word is searched in PATH) with /dev/null as input and this process's standard error. At the
// deadline it is killed: timed_out. Its exit status is not looked at; too_large over 64 KiB.
Result<std::string> capture(const std::vector<std::string>& argv, const Clock& clock, MonoTime deadline);

}  // namespace vigie::agent
