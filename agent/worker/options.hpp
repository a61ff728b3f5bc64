// The words before the verb:
//   vigie-worker [--nice N] [--ionice idle|best-effort|none] [--progress-fd FD] [--die-with-parent] VERB [ARGUMENT]...
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

enum class IoClass { unchanged, idle, best_effort };

struct WorkerOptions {
    std::optional<int> nice;
    IoClass io_class = IoClass::unchanged;
    std::optional<int> progress_fd;
    bool dies_with_parent = false;  // the daemon's child, not a person's
    std::vector<std::string> verb;  // "backup", "run", …; not empty
};

// args: without the program's name. malformed names the word that is wrong.
Result<WorkerOptions> parse_worker_options(const std::vector<std::string>& args);

// On this process, and so on all that it starts. An input/output class that the kernel refuses is no error: some
// containers forbid it, and the work still is to be done.
Result<void> apply(const WorkerOptions& options);

}  // namespace vigie::agent
