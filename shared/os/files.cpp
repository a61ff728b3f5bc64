// Whole files on a POSIX file system.
#include "shared/os/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "shared/os/fd.hpp"

namespace vigie {

std::string parent_of(std::string_view path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string_view::npos) {
        return ".";
    }
    return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string join_path(std::string_view folder, std::string_view name) {
    return folder.ends_with('/') ? fmt::format("{}{}", folder, name) : fmt::format("{}/{}", folder, name);
}

Result<void> sync_directory(const std::string& path) {
    const Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || fsync(folder.get()) != 0) {
        return fail(errno_error(errno, "sync folder " + path));
    }
    return {};
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view what) {
    while (!bytes.empty()) {
        const auto wrote = write(fd, bytes.data(), bytes.size());
        if (wrote < 0 && errno != EINTR) {
            return fail(errno_error(errno, fmt::format("write {}", what)));
        }
        bytes.remove_prefix(wrote > 0 ? static_cast<size_t>(wrote) : 0);
    }
    return {};
}

Result<std::string> read_all(int fd, Bytes max, const std::string& path) {
    std::string content;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(errno_error(errno, "read " + path));
        }
        if (got == 0) {
            return content;
        }
        content.append(buffer.data(), static_cast<size_t>(got));
        if (content.size() > max.count) {
            return fail(ErrorCode::too_large, "read {}: more than {}", path, format_bytes(max));
        }
    }
}

Result<std::string> SystemFiles::read(const std::string& path, Bytes max) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(errno, "open " + path));
    }
    return read_all(file.get(), max, path);
}

namespace {
// Where root writes a daemon's file, the daemon must be able to read it. Before the rename, so that no moment and no
// crash shows it another owner. False: errno tells why.
bool keep_owner(int fd, const std::string& path) {
    struct stat before {};
    const bool is_anothers = geteuid() == 0 && lstat(path.c_str(), &before) == 0 && S_ISREG(before.st_mode) &&
                             (before.st_uid != geteuid() || before.st_gid != getegid());
    return !is_anothers || fchown(fd, before.st_uid, before.st_gid) == 0;
}
}  // namespace

Result<void> SystemFiles::write_atomically(const std::string& path, std::string_view content, unsigned mode) {
    auto beside = path + ".XXXXXX";
    Fd file(mkostemp(beside.data(), O_CLOEXEC));
    if (!file) {
        return fail(errno_error(errno, "create beside " + path));
    }
    auto written = write_all(file.get(), content, path);
    if (written && (!keep_owner(file.get(), path) || fchmod(file.get(), mode) != 0 || fsync(file.get()) != 0)) {
        written = fail(errno_error(errno, "sync " + path));
    }
    if (written && rename(beside.c_str(), path.c_str()) != 0) {
        written = fail(errno_error(errno, "rename to " + path));
    }
    if (!written) {
        unlink(beside.c_str());
        return written;
    }
    return sync_directory(parent_of(path));
}

Result<void> SystemFiles::make_directories(const std::string& path, unsigned mode) {
    struct stat entry {};
    if (stat(path.c_str(), &entry) == 0) {
        return S_ISDIR(entry.st_mode) ? Result<void>{} : fail(ErrorCode::exists, "{} is not a folder", path);
    }
    const auto parent = parent_of(path);
    if (parent != path && parent != ".") {
        VIGIE_CHECK(make_directories(parent, mode));
    }
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
        return fail(errno_error(errno, "create folder " + path));
    }
    const auto synced = sync_directory(parent);
    // A folder that may be written to and not be read can't be synced.
    return synced || synced.error().code == ErrorCode::denied ? Result<void>{} : synced;
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
    if (!folder) {
        return fail(errno_error(errno, "list " + path));
    }
    std::vector<std::string> names;
    errno = 0;
    while (const auto* entry = readdir(folder.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    if (errno != 0) {
        return fail(errno_error(errno, "list " + path));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> SystemFiles::remove(const std::string& path) {
    if (unlink(path.c_str()) != 0) {
        return fail(errno_error(errno, "remove " + path));
    }
    return {};
}

bool SystemFiles::is_present(const std::string& path) {
    struct stat entry {};
    return lstat(path.c_str(), &entry) == 0;
}

}  // namespace vigie
