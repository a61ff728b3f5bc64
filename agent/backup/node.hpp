// One entry of a folder as restic's trees hold it. Format: restic's doc/design.rst, "Trees and Data".
#pragma once
#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/backup/go_text.hpp"
#include "agent/backup/id.hpp"

namespace vigie::agent::backup {

enum class NodeType { file, dir, symlink, block_device, char_device, fifo, socket, unknown };

struct Node {
    std::string name;  // the raw bytes
    NodeType type = NodeType::unknown;
    uint32_t mode = 0;  // Go's os.FileMode: permissions in the low 9 bits, everything else in bits of its own
    Moment modified;
    Moment accessed;
    Moment changed;
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::string user;
    std::string group;
    uint64_t inode = 0;
    uint64_t device_id = 0;  // only of files with several links: elsewhere it changes with each mount and means nothing
    uint64_t size = 0;
    uint64_t links = 0;
    std::string link_target;
    uint64_t device = 0;                   // of a device file
    bool has_extended_attributes = false;  // read, so that a restore can say that it leaves them out
    std::vector<Id> content;
    std::optional<Id> subtree;
};

std::string_view name_of(NodeType type);  // "file", "dir", "symlink", "dev", "chardev", "fifo", "socket"
NodeType node_type_of(mode_t mode);
uint32_t to_go_mode(mode_t mode);
mode_t permissions_of(uint32_t go_mode);  // with setuid, setgid and sticky: what chmod(2) takes

// False for what would leave its folder: "", ".", "..", a slash or a NUL inside.
bool is_safe_name(std::string_view name);

// All but name, owner names, link target and content.
Node node_from_stat(const struct stat& entry);

// Builds the JSON of a tree, byte for byte as restic does. Nodes must come sorted by the bytes of their names.
class TreeWriter {
  public:
    void add(const Node& node);
    std::string finish();

  private:
    std::string json_ = "{\"nodes\":[";
    bool is_empty_ = true;
};

// malformed when it is no tree; `what` names it in the error. Unsafe names are given as they are: ask is_safe_name.
Result<std::vector<Node>> parse_tree(std::string_view json, std::string_view what);

}  // namespace vigie::agent::backup
