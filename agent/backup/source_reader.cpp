// openat(2), fstatat(2), readlinkat(2).
#include "agent/backup/source_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace vigie::agent::backup {
namespace {

// O_NOATIME is for the file's owner and root; others get EPERM.
int open_without_atime(int parent, const std::string& name, int flags) {
    const int opened = openat(parent, name.c_str(), flags | O_NOATIME);
    return opened >= 0 || errno != EPERM ? opened : openat(parent, name.c_str(), flags);
}

Result<std::string> read_link(int parent, const std::string& name, const std::string& path) {
    std::string target(PATH_MAX, '\0');
    const auto length = readlinkat(parent, name.c_str(), target.data(), target.size());
    if (length < 0) {
        return fail(errno_error(errno, "read link " + path));
    }
    target.resize(static_cast<size_t>(length));
    return target;
}

}  // namespace

Result<Fd> open_folder(int parent, const std::string& name, const std::string& path) {
    Fd folder(open_without_atime(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) {
        return fail(errno_error(errno == ELOOP ? ENOENT : errno, "open " + path));
    }
    return folder;
}

Result<Fd> open_regular_file(int parent, const std::string& name, const std::string& path) {
    // O_NONBLOCK: should it have become a FIFO since it was looked at, the open must not wait for a writer.
    Fd file(open_without_atime(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(errno == ELOOP || errno == ENXIO ? ENOENT : errno, "open " + path));
    }
    struct stat entry {};
    if (fstat(file.get(), &entry) != 0) {
        return fail(errno_error(errno, "stat " + path));
    }
    if (!S_ISREG(entry.st_mode)) {
        return fail(ErrorCode::not_found, "open {}: no longer a regular file", path);
    }
    return file;
}

Result<std::vector<std::string>> list_names(int folder, const std::string& path) {
    Fd own(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // closedir() closes it
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(own ? fdopendir(own.get()) : nullptr, closedir);
    if (!stream) {
        return fail(errno_error(errno, "list " + path));
    }
    own.release();
    std::vector<std::string> names;
    errno = 0;
    while (const auto* entry = readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
        errno = 0;
    }
    if (errno != 0) {
        return fail(errno_error(errno, "list " + path));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<Node> read_node(int parent, const std::string& name, const std::string& path, OwnerNames& owners) {
    struct stat entry {};
    if (fstatat(parent, name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) != 0) {
        return fail(errno_error(errno, "stat " + path));
    }
    auto node = node_from_stat(entry);
    node.name = name;
    node.user = owners.user(entry.st_uid);
    node.group = owners.group(entry.st_gid);
    if (node.type == NodeType::symlink) {
        VIGIE_TRY(node.link_target, read_link(parent, name, path));
    }
    return node;
}

}  // namespace vigie::agent::backup
