// The folders that `olddir` names, and what they hold.
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/logs/planner.hpp"

namespace vigie::agent::logs {

class ArchiveFolders {
  public:
    explicit ArchiveFolders(bool dry_run) : dry_run_(dry_run) {}

    // Null where archives stand beside the log. What `createolddir` names is made, but by a dry run: that gets a folder
    // of inode 0 with nothing in it. Valid until the next call.
    Result<const ArchiveFolder*> find(const Block& block, const FoundLog& log);

  private:
    const bool dry_run_;
    std::map<std::string, ArchiveFolder> folders_;               // by path
    std::set<std::pair<std::string, std::string>> known_names_;  // path, and the name of a log that was asked for
};

}  // namespace vigie::agent::logs
