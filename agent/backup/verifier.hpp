// Proves that every snapshot could be restored, and names those that could not.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/pack_selection.hpp"
#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

struct VerifyReport {
    uint64_t snapshots = 0;
    uint64_t trees = 0;
    uint64_t packs = 0;
    uint64_t blobs = 0;
    uint64_t packs_read = 0;  // in full
    uint64_t bytes_read = 0;
    ProblemList problems;            // the path is the pack, index, blob or snapshot
    std::vector<Snapshot> damaged;   // snapshots of which something is lost
    std::vector<std::string> notes;  // no harm: packs that no index lists yet
    bool is_sound() const { return problems.count == 0 && damaged.empty(); }
};

// Checks that each index is readable, each pack that an index lists is there and long enough, each tree of each
// snapshot reads well and each blob it needs is listed. Every byte of the packs that `selection` has is read and
// checked as well. The index must not be loaded before. An error only when the storage itself fails.
Result<VerifyReport> verify_repository(Repository& repository, const Clock& clock, const PackSelection& selection,
                                       Random& random, const ProgressSink& progress);

}  // namespace vigie::agent::backup
