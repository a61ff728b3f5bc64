#include "agent/logs/private_copy.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace vigie::agent::logs {

namespace {

constexpr auto* acl_name = "system.posix_acl_access";
constexpr size_t acl_bytes_max = 65536;  // XATTR_SIZE_MAX

// The kernel's own form of the ACL, whole. A file system without ACLs keeps none.
bool copy_acl(int from, int to) {
    std::string acl(acl_bytes_max, '\0');
    const auto size = from < 0 ? -1 : fgetxattr(from, acl_name, acl.data(), acl.size());
    return size <= 0 || fsetxattr(to, acl_name, acl.data(), static_cast<size_t>(size), 0) == 0 || errno == EOPNOTSUPP;
}

// Who acts as the owner by `su` and is not of the log's group keeps its own group, as with logrotate.
bool give_to(int file, const Finish& finish) {
    return fchown(file, finish.uid, finish.gid) == 0 || (errno == EPERM && geteuid() != 0 && finish.uid == geteuid());
}

}  // namespace

Result<void> make_file(const Folder& folder, const std::string& name, uint64_t source_inode, const Finish& finish,
                       const Pulse& pulse, const std::function<Result<void>(int fd)>& fill) {
    const auto hidden = fmt::format(".vigie-{:x}.tmp", source_inode);
    VIGIE_CHECK(folder.remove(hidden));
    VIGIE_TRY(const auto file, folder.create(hidden));
    pulse();
    auto made = fill(file.get());
    if (made && (!give_to(file.get(), finish) || fchmod(file.get(), finish.mode) != 0 ||
                 !copy_acl(finish.acl_source, file.get()) || fsync(file.get()) != 0)) {
        made = fail(errno_error(errno, "write " + folder.at(name)));
    }
    if (made) {
        pulse();
        made = folder.rename(hidden, name);
    }
    if (!made) {
        unlinkat(folder.fd(), hidden.c_str(), 0);  // the first error is the one to tell
        return made;
    }
    pulse();
    return folder.sync();
}

Access access_of(const std::string& path) {
    Access access;
    struct stat entry {};
    if (stat(path.c_str(), &entry) == 0) {
        access.mode = entry.st_mode & 0777U;
        access.acl.resize(acl_bytes_max);
        const auto size = getxattr(path.c_str(), acl_name, access.acl.data(), access.acl.size());
        access.acl.resize(size > 0 ? static_cast<size_t>(size) : 0);
    }
    return access;
}

void restore_acl(const std::string& path, const Access& access) {
    if (!access.acl.empty()) {
        static_cast<void>(setxattr(path.c_str(), acl_name, access.acl.data(), access.acl.size(), 0));
    }
}

}  // namespace vigie::agent::logs
