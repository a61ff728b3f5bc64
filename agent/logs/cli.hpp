// The command line of `logs rotate`: report on standard output, warnings and errors on standard error.
#pragma once
#include <string>
#include <vector>

namespace vigie::agent::logs {

// args: what follows `logs rotate`. Exit status: 0 well, 1 something failed, 2 wrong usage, 3 another run holds the
// lock.
int rotate_main(const std::vector<std::string>& args);

}  // namespace vigie::agent::logs
