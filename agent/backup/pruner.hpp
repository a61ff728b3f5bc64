// Removes what no snapshot needs. New packs and a new index stand before the old index goes, and that before any pack
// goes, so that a crash at any moment leaves every snapshot whole; what it leaves behind the next prune takes away.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "agent/backup/lock.hpp"
#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

struct PruneRequest {
    // How much of the packs may be bytes that nobody needs: a pack that holds needed ones too has to be written anew to
    // get rid of the others. restic's default. 1 and above: packs are removed whole or not at all, which takes no room.
    double unused_ratio_max = 0.05;
    bool is_dry_run = false;
    std::set<Id> forgotten;  // snapshots that count as gone although a dry run has left them there
};

struct PruneReport {
    uint64_t snapshots = 0;  // whose needs were looked at
    uint64_t packs_before = 0;
    uint64_t packs_removed = 0;    // needed by nobody, or left by a run that was cut off
    uint64_t packs_rewritten = 0;  // removed after what is needed of them was stored again
    uint64_t packs_new = 0;
    uint64_t bytes_before = 0;  // of all packs
    uint64_t bytes_freed = 0;   // by removing packs, less the new ones; a dry run's is an estimate
    uint64_t bytes_rewritten = 0;
    uint64_t bytes_unused = 0;  // that stay
    bool is_dry_run = false;
    std::vector<std::string> notes;
};

// `lock` is an exclusive one; a dry run may go without. The index must not be loaded before and is out of date
// afterwards. Refuses, and removes nothing, when a snapshot or an index can't be read or something is lost that a
// snapshot needs.
Result<PruneReport> prune_repository(Repository& repository, RepositoryLock* lock, const Clock& clock,
                                     const PruneRequest& request, const ProgressSink& progress);

}  // namespace vigie::agent::backup
