// How much snapshots hold, and how much of the repository that takes.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

struct StatsReport {
    uint64_t snapshots = 0;
    uint64_t files = 0;  // of all these snapshots together, one that is in several counted for each
    uint64_t folders = 0;
    uint64_t others = 0;
    uint64_t restore_bytes = 0;  // what restoring them all would write
    uint64_t blobs = 0;          // that they need, each counted once
    uint64_t blob_bytes = 0;     // their content
    uint64_t stored_bytes = 0;   // as they lie in packs, compressed and sealed
    // Of the whole repository.
    uint64_t packs = 0;
    uint64_t pack_bytes = 0;
    ProblemList problems;
    std::vector<std::string> notes;
};

// Needs the index loaded.
Result<StatsReport> measure_snapshots(Repository& repository, const std::vector<Snapshot>& snapshots,
                                      const Clock& clock, const ProgressSink& progress);

}  // namespace vigie::agent::backup
