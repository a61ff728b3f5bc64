// The verbs that look into snapshots: ls, find, diff, stats.
#pragma once
#include "agent/backup/cli_options.hpp"
#include "agent/backup/progress.hpp"

namespace vigie::agent::backup {

bool is_inspection(std::string_view verb);
// Gives the exit code.
int run_inspection(const CliOptions& options, const ProgressSink& progress);

}  // namespace vigie::agent::backup
