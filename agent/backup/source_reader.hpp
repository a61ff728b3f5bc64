// The file system as a backup reads it: relative to open folders, following no link, opening nothing that could block.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/node.hpp"
#include "agent/backup/owners.hpp"
#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent::backup {

// Opens a folder below `parent` (or AT_FDCWD), or a regular file that was seen as one. Access times stay as they are
// where the system lets us. not_found also when it turned into something else since it was seen.
Result<Fd> open_folder(int parent, const std::string& name, const std::string& path);
Result<Fd> open_regular_file(int parent, const std::string& name, const std::string& path);
// Names sorted by their bytes, without . and ..
Result<std::vector<std::string>> list_names(int folder, const std::string& path);
// The node of an entry, complete but for content and subtree. Links are not followed.
Result<Node> read_node(int parent, const std::string& name, const std::string& path, OwnerNames& owners);

}  // namespace vigie::agent::backup
