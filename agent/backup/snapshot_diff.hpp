// What became of one snapshot until another. Trees that are the same are not looked into.
#pragma once
#include <functional>
#include <string>

#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

enum class Difference { added, removed, content, type, metadata };

struct DiffReport {
    uint64_t added = 0;  // entries of any type
    uint64_t removed = 0;
    uint64_t changed = 0;           // in content or type
    uint64_t changed_metadata = 0;  // mode, owner or time alone
    uint64_t added_bytes = 0;       // sizes of files that were added, and of the new ones of those that changed
    uint64_t removed_bytes = 0;
    ProblemList problems;
    std::vector<std::string> notes;
};
using DifferenceSink = std::function<void(Difference difference, const std::string& path, const Node& node)>;

// In the order of paths. Access times, inode numbers and ctimes are no difference. Needs the index loaded.
DiffReport diff_snapshots(Repository& repository, const Id& before, const Id& after, const DifferenceSink& sink);

}  // namespace vigie::agent::backup
