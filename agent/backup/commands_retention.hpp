// Commands that take away: forget, prune, unlock. Each one call that blocks.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/backup/access.hpp"
#include "agent/backup/forgetter.hpp"
#include "agent/backup/pruner.hpp"

namespace vigie::agent::backup {

struct ForgetOptions {
    Access access;
    ForgetRequest request;
    bool is_dry_run = false;
    bool prunes = false;  // afterwards, when anything was forgotten
    PruneRequest prune;
};
struct ForgetReport {
    std::vector<ForgetGroup> groups;
    uint64_t kept = 0;
    uint64_t removed = 0;
    bool is_dry_run = false;
    std::optional<PruneReport> prune;
    std::vector<Error> problems;  // snapshots that can't be read and stay; a prune that failed
    std::vector<std::string> notes;
};
Result<ForgetReport> forget(const ForgetOptions& options, const ProgressSink& progress);

struct PruneOptions {
    Access access;
    PruneRequest request;
};
Result<PruneReport> prune(const PruneOptions& options, const ProgressSink& progress);

struct UnlockOptions {
    Access access;
    bool all = false;  // also those of living processes
};
Result<UnlockReport> unlock(const UnlockOptions& options);

}  // namespace vigie::agent::backup
