// Puts a snapshot back below a folder. Works relative to open folders and follows no link, so nothing outside the
// target can be touched, whatever the repository names or somebody plants meanwhile. Files appear whole or not at all.
// What stands there already with the same content stays, with its inode.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/path_pattern.hpp"
#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

// What happens to files, links and devices that are there already. Folders always take the snapshot's mode, owner and
// times.
enum class OverwritePolicy {
    always,      // replaced when their content differs
    if_changed,  // as `always`, but a file of the same size and time counts as the same: its content is not read
    if_newer,    // replaced when the snapshot's is newer
    never,
};

struct RestoreRequest {
    Snapshot snapshot;
    std::string target;              // made when absent
    std::vector<std::string> paths;  // only these and what lies below; none: everything
    PathPatterns includes;           // of these only what matches; none: everything
    PathPatterns excludes;           // not what matches, whatever includes it
    OverwritePolicy overwrite = OverwritePolicy::always;
    bool is_sparse = true;  // long runs of zeros become holes
};

struct RestoreReport {
    Id snapshot;
    uint64_t files_written = 0;
    uint64_t files_kept = 0;  // were there already, with the same content
    uint64_t left_alone = 0;  // entries that were there and that the overwrite policy keeps
    uint64_t folders = 0;
    uint64_t others = 0;
    uint64_t bytes_written = 0;
    ProblemList problems;
    std::vector<std::string> notes;  // such as owners that were mapped
    bool is_partial() const { return problems.count != 0; }
};

// Needs the index loaded. A path that the snapshot has not is a problem in the report. An error when the target can't
// be used, nothing at all could be restored, or the snapshot has none of the paths (not_found, naming each) or nothing
// that matches.
Result<RestoreReport> restore_snapshot(Repository& repository, const Clock& clock, const RestoreRequest& request,
                                       const ProgressSink& progress);

}  // namespace vigie::agent::backup
