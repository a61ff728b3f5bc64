// Which paths a snapshot has, and how they lie to each other. Reads only the trees on the way to each path; writes
// nothing.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {

// Whether a path is a folder or lies below it; both absolute and clean.
bool is_below(std::string_view path, std::string_view folder);

// Those of `paths` (absolute and clean, see clean_path) that the snapshot with this root tree surely has not, in their
// order. A path below a tree that can't be read is not among them: nobody knows. Needs the index loaded.
std::vector<std::string> paths_missing(Repository& repository, const Id& tree, const std::vector<std::string>& paths);

}  // namespace vigie::agent::backup
