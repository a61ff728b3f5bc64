// Which snapshots are to go, and taking them away. Their data stays until a prune.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/lock.hpp"
#include "agent/backup/retention.hpp"

namespace vigie::agent::backup {

struct ForgetRequest {
    std::vector<std::string> names;  // first digits of ids; none: by the policy
    RetentionPolicy policy;
    SnapshotGrouping grouping;
    std::string host;  // these two narrow down what the policy is applied to; "": all
    std::string tag;
};

struct ForgetGroup {
    std::string host;
    std::vector<std::string> paths;
    std::vector<std::string> tags;
    std::vector<RetentionChoice> choices;  // newest first
};

// Pure. malformed when there is nothing to go by, or a group would lose all that it has; not_found for a name or a
// selection that fits no snapshot.
Result<std::vector<ForgetGroup>> plan_forget(const std::vector<Snapshot>& snapshots, const ForgetRequest& request,
                                             Moment now);
std::vector<Id> removed_by(const std::vector<ForgetGroup>& groups);

// Under an exclusive lock. What is gone already counts as removed.
Result<void> remove_snapshots(Repository& repository, RepositoryLock& lock, const std::vector<Id>& ids);

}  // namespace vigie::agent::backup
