// Modes, names and stat(2) to nodes.
#include "agent/backup/node.hpp"

namespace vigie::agent::backup {
namespace {

// Go's os.FileMode, io/fs/fs.go.
constexpr uint32_t go_dir = 1U << 31;
constexpr uint32_t go_symlink = 1U << 27;
constexpr uint32_t go_device = 1U << 26;
constexpr uint32_t go_named_pipe = 1U << 25;
constexpr uint32_t go_socket = 1U << 24;
constexpr uint32_t go_setuid = 1U << 23;
constexpr uint32_t go_setgid = 1U << 22;
constexpr uint32_t go_char_device = 1U << 21;
constexpr uint32_t go_sticky = 1U << 20;

Moment moment_of(const struct timespec& time) {
    return {time.tv_sec, static_cast<uint32_t>(time.tv_nsec)};
}

uint32_t go_type_bits(NodeType type) {
    switch (type) {
        case NodeType::dir:
            return go_dir;
        case NodeType::symlink:
            return go_symlink;
        case NodeType::block_device:
            return go_device;
        case NodeType::char_device:
            return go_device | go_char_device;
        case NodeType::fifo:
            return go_named_pipe;
        case NodeType::socket:
            return go_socket;
        case NodeType::file:
        case NodeType::unknown:
            return 0;
    }
    return 0;
}

}  // namespace

std::string_view name_of(NodeType type) {
    switch (type) {
        case NodeType::file:
            return "file";
        case NodeType::dir:
            return "dir";
        case NodeType::symlink:
            return "symlink";
        case NodeType::block_device:
            return "dev";
        case NodeType::char_device:
            return "chardev";
        case NodeType::fifo:
            return "fifo";
        case NodeType::socket:
            return "socket";
        case NodeType::unknown:
            return "irregular";
    }
    return "irregular";
}

NodeType node_type_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return NodeType::file;
        case S_IFDIR:
            return NodeType::dir;
        case S_IFLNK:
            return NodeType::symlink;
        case S_IFBLK:
            return NodeType::block_device;
        case S_IFCHR:
            return NodeType::char_device;
        case S_IFIFO:
            return NodeType::fifo;
        case S_IFSOCK:
            return NodeType::socket;
        default:
            return NodeType::unknown;
    }
}

uint32_t to_go_mode(mode_t mode) {
    uint32_t go = mode & 0777;
    go |= go_type_bits(node_type_of(mode));
    go |= (mode & S_ISUID) != 0 ? go_setuid : 0;
    go |= (mode & S_ISGID) != 0 ? go_setgid : 0;
    go |= (mode & S_ISVTX) != 0 ? go_sticky : 0;
    return go;
}

mode_t permissions_of(uint32_t go_mode) {
    mode_t mode = go_mode & 0777;
    mode |= (go_mode & go_setuid) != 0 ? S_ISUID : 0;
    mode |= (go_mode & go_setgid) != 0 ? S_ISGID : 0;
    mode |= (go_mode & go_sticky) != 0 ? S_ISVTX : 0;
    return mode;
}

bool is_safe_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
}

Node node_from_stat(const struct stat& entry) {
    Node node;
    node.type = node_type_of(entry.st_mode);
    node.mode = to_go_mode(entry.st_mode);
    node.modified = moment_of(entry.st_mtim);
    // As restic: the true access time would change each tree each time somebody reads a file.
    node.accessed = node.modified;
    node.changed = moment_of(entry.st_ctim);
    node.uid = entry.st_uid;
    node.gid = entry.st_gid;
    node.inode = entry.st_ino;
    const bool has_links = node.type == NodeType::file || node.type == NodeType::symlink ||
                           node.type == NodeType::block_device || node.type == NodeType::char_device;
    node.links = has_links ? entry.st_nlink : 0;
    node.device_id = has_links && entry.st_nlink > 1 ? entry.st_dev : 0;
    node.size = node.type == NodeType::file ? static_cast<uint64_t>(entry.st_size) : 0;
    const bool is_device = node.type == NodeType::block_device || node.type == NodeType::char_device;
    node.device = is_device ? entry.st_rdev : 0;
    return node;
}

}  // namespace vigie::agent::backup
