// The command line of backups.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/progress.hpp"

namespace vigie::agent::backup {

// `args` begins with the verb. Results to standard output as a table or JSON, errors to standard error. Gives the exit
// code: 0 ok, 1 failure, 2 usage, 3 partial.
int backup_main(const std::vector<std::string>& args, const ProgressSink& progress);

}  // namespace vigie::agent::backup
