// Folder over openat, statx and renameat2.
#include "agent/logs/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

WallTime wall_of(const statx_timestamp& stamp) {
    return WallTime{seconds{stamp.tv_sec} + std::chrono::duration_cast<milliseconds>(nanoseconds{stamp.tv_nsec})};
}

FileFacts facts_of(const struct statx& entry) {
    FileFacts facts;
    facts.device = makedev(entry.stx_dev_major, entry.stx_dev_minor);
    facts.inode = entry.stx_ino;
    facts.size = entry.stx_size;
    facts.links = entry.stx_nlink;
    facts.mode = entry.stx_mode & 07777U;
    facts.uid = entry.stx_uid;
    facts.gid = entry.stx_gid;
    facts.is_regular = S_ISREG(entry.stx_mode);
    facts.is_link = S_ISLNK(entry.stx_mode);
    facts.is_frozen = (entry.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
    facts.written = facts.since = wall_of(entry.stx_mtime);
    if ((entry.stx_mask & STATX_BTIME) != 0) {
        facts.since = std::min(facts.since, wall_of(entry.stx_btime));
    }
    return facts;
}

}  // namespace

std::string Folder::at(std::string_view name) const {
    return join_path(path_, name);
}

Result<Folder> Folder::open(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat entry {};
    if (!fd || fstat(fd.get(), &entry) != 0) {
        return fail(errno_error(errno, "open folder " + path));
    }
    Folder folder(std::move(fd), path);
    folder.device_ = entry.st_dev;
    folder.inode_ = entry.st_ino;
    return folder;
}

Result<std::optional<FileFacts>> Folder::facts(const std::string& name) const {
    struct statx entry {};
    if (statx(fd_.get(), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &entry) != 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        return fail(errno_error(errno, "look at " + at(name)));
    }
    return facts_of(entry);
}

Result<Listing> Folder::list() const {
    // A second open file, because reading a folder moves its offset and closedir closes it.
    const int again = openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(again >= 0 ? fdopendir(again) : nullptr, closedir);
    if (!entries) {
        return fail(errno_error(errno, "list " + path_));
    }
    Listing listing;
    while (const auto* entry = readdir(entries.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") {
            continue;
        }
        VIGIE_TRY(const auto found, facts(name));
        if (found) {
            listing.emplace(name, *found);
        }
    }
    return listing;
}

Result<Fd> Folder::open_file(const std::string& name, int flags) const {
    Fd file(openat(fd_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        return fail(errno_error(errno, "open " + at(name)));
    }
    return file;
}

Result<Fd> Folder::create(const std::string& name) const {
    Fd file(openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) {
        return fail(errno_error(errno, "create " + at(name)));
    }
    return file;
}

Result<void> Folder::rename(const std::string& from, const std::string& to) const {
    return move(from, *this, to);
}

Result<void> Folder::move(const std::string& from, const Folder& target, const std::string& to) const {
    if (renameat2(fd_.get(), from.c_str(), target.fd(), to.c_str(), RENAME_NOREPLACE) == 0) {
        return {};
    }
    // A file system without RENAME_NOREPLACE: a link refuses a taken name just as well.
    if (errno == EINVAL && linkat(fd_.get(), from.c_str(), target.fd(), to.c_str(), 0) == 0 &&
        unlinkat(fd_.get(), from.c_str(), 0) == 0) {
        return {};
    }
    return fail(errno_error(errno, fmt::format("rename {} to {}", at(from), &target == this ? to : target.at(to))));
}

Result<void> Folder::remove(const std::string& name) const {
    if (unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return fail(errno_error(errno, "remove " + at(name)));
    }
    return {};
}

Result<void> Folder::sync() const {
    if (fsync(fd_.get()) != 0) {
        return fail(errno_error(errno, "sync folder " + path_));
    }
    return {};
}

}  // namespace vigie::agent::logs
