// Writes one restored entry into an open folder, beside its final name first.
#pragma once
#include <string>

#include "agent/backup/node.hpp"
#include "agent/backup/repository.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent::backup {

// The folder entry is relative to, its name there, and the path for messages.
struct Place {
    int folder = -1;
    const std::string& name;
    const std::string& path;
};

// What an entry's owners are to be here. Nothing: leave them, for we are not root.
struct Owners {
    uid_t uid = 0;
    gid_t gid = 0;
};

// Each leaves what already matches untouched, so that restoring twice changes no ctime.
Result<void> apply_metadata(int file, const Node& node, const std::optional<Owners>& owners, const std::string& path);
Result<void> apply_metadata_at(const Place& place, const Node& node, const std::optional<Owners>& owners);

// True when a regular file with exactly the node's content stands there.
bool has_content(Repository& repository, const Place& place, const Node& node);
// Writes the content under a name of its own, sets the metadata, renames. Sparse: long runs of zeros become holes.
Result<void> write_file(Repository& repository, const Place& place, const Node& node,
                        const std::optional<Owners>& owners, bool is_sparse,
                        const std::function<void(uint64_t bytes)>& progress);
// A link, FIFO or device.
Result<void> write_special(const Place& place, const Node& node, const std::optional<Owners>& owners);

}  // namespace vigie::agent::backup
