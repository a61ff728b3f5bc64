// Which paths a snapshot has. Reads only the trees on the way to each path; writes nothing.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

// Those of `paths` (absolute and clean, see clean_path) that the snapshot with this root tree surely has not, in their
// order. A path below a tree that can't be read is not among them: nobody knows. Needs the index loaded.
std::vector<std::string> paths_missing(Repository& repository, const Id& tree, const std::vector<std::string>& paths);

}  // namespace vigie::agent::backup
