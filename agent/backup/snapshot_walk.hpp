// Down the trees of one snapshot.
#pragma once
#include <functional>
#include <string>

#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

enum class WalkStep { into, past };  // of a folder: whether what is in it is visited too
using EntryVisitor = std::function<WalkStep(const std::string& path, const Node& node)>;

// Every entry once, a folder before what is in it, names in the order of their bytes. A tree that can't be read is told
// in `problems` and passed over. Needs the index loaded.
void walk_snapshot(Repository& repository, const Id& tree, const EntryVisitor& visit, ProblemList& problems);

}  // namespace vigie::agent::backup
