// A script of a policy, run to its end or its timeout.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::logs {

struct Script {
    std::string name;  // for messages: "postrotate"
    std::string text;
    std::string first;  // $1
    std::string second;
    bool keeps_stdout = false;
};

// /bin/sh in a process group of its own, standard input empty, output to standard error unless the script keeps
// standard output. timed_out when it was killed
// with its children at the timeout; a script that ends with a status other than 0 is an error as well. When this
// process is told to end (SIGTERM, SIGINT), the script and its children end first.
Result<void> run_script(const Script& script, milliseconds timeout);

}  // namespace vigie::agent::logs
