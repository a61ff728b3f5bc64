// The verbs that look after a repository: forget, prune, keys, unlock.
#pragma once
#include "agent/backup/cli_options.hpp"
#include "agent/backup/progress.hpp"

namespace vigie::agent::backup {

// Gives the exit code.
int run_care(const CliOptions& options, const ProgressSink& progress);

}  // namespace vigie::agent::backup
