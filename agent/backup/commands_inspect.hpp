// Commands that look into snapshots: ls, find, diff, stats. Each one call that blocks; what they find goes to a sink as
// it comes, for a snapshot may have millions of entries.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "agent/backup/access.hpp"
#include "agent/backup/snapshot_diff.hpp"
#include "agent/backup/snapshot_stats.hpp"

namespace vigie::agent::backup {

// What went wrong on the way.
struct InspectReport {
    uint64_t entries = 0;
    ProblemList problems;
    std::vector<std::string> notes;
};
using EntrySink = std::function<void(const Snapshot& snapshot, const std::string& path, const Node& node)>;

struct LsOptions {
    Access access;
    std::string snapshot;            // "latest", or the first digits of its id
    std::vector<std::string> paths;  // only these and what lies below; none: everything
    std::string host;                // these two narrow down "latest"
    std::string tag;
};
// not_found when the snapshot has none of the paths.
Result<InspectReport> ls(const LsOptions& options, const EntrySink& sink);

struct FindOptions {
    Access access;
    std::vector<std::string> patterns;  // see path_pattern.hpp; an entry is found that one of them matches
    std::string host;
    std::string tag;
};
// In all snapshots, oldest first.
Result<InspectReport> find(const FindOptions& options, const EntrySink& sink);

struct DiffOptions {
    Access access;
    std::string before;
    std::string after;
};
Result<DiffReport> diff(const DiffOptions& options, const DifferenceSink& sink);

struct StatsOptions {
    Access access;
    std::vector<std::string> snapshots;  // none: all that match host and tag
    std::string host;
    std::string tag;
};
Result<StatsReport> stats(const StatsOptions& options, const ProgressSink& progress);

}  // namespace vigie::agent::backup
