// glob(3), openat-free reading by pread(2), and a folder looked through by inode.
#include "agent/errors/system_log_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::errors {
namespace {

// A folder of logs with more names than this is not looked through for a renamed one.
constexpr size_t names_max = 100'000;

FileId id_from(const struct stat& facts) {
    return FileId{.device = facts.st_dev, .inode = facts.st_ino};
}

class SystemLogFile final : public LogFile {
  public:
    SystemLogFile(Fd fd, FileId id, std::string path) : fd_(std::move(fd)), id_(id), path_(std::move(path)) {}
    FileId id() const override { return id_; }

    Result<uint64_t> size() override {
        struct stat facts {};
        if (fstat(fd_.get(), &facts) != 0) {
            return fail(errno_error(errno, "stat " + path_));
        }
        return static_cast<uint64_t>(facts.st_size);
    }

    Result<std::string> read(uint64_t offset, size_t bytes_max) override {
        std::string bytes(bytes_max, '\0');
        for (;;) {
            const auto got = pread(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return fail(errno_error(errno, "read " + path_));
            }
            bytes.resize(static_cast<size_t>(got));
            return bytes;
        }
    }

  private:
    Fd fd_;
    FileId id_;
    std::string path_;  // for messages
};

}  // namespace

std::vector<std::string> SystemLogFiles::find(const std::string& pattern, size_t count_max) {
    glob_t found{};
    std::vector<std::string> paths;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        const auto count = std::min(found.gl_pathc, count_max);
        paths.assign(found.gl_pathv, found.gl_pathv + count);
    }
    globfree(&found);
    return paths;
}

std::optional<FileId> SystemLogFiles::id_of(const std::string& path) {
    struct stat facts {};
    if (lstat(path.c_str(), &facts) != 0) {
        return std::nullopt;
    }
    return id_from(facts);
}

Result<std::unique_ptr<LogFile>> SystemLogFiles::open(const std::string& path) {
    // O_NONBLOCK: a FIFO of that name must not hold us up.
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!fd && errno == ELOOP) {
        return fail(ErrorCode::unsupported, "{}: is a link, which is not followed", path);
    }
    struct stat facts {};
    if (!fd || fstat(fd.get(), &facts) != 0) {
        return fail(errno_error(errno, "open " + path));
    }
    if (!S_ISREG(facts.st_mode)) {
        return fail(ErrorCode::unsupported, "{}: is no regular file", path);
    }
    return std::make_unique<SystemLogFile>(std::move(fd), id_from(facts), path);
}

std::optional<std::string> SystemLogFiles::find_renamed(const std::string& path, FileId id) {
    const auto folder = parent_of(path);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), closedir);
    if (!listing) {
        return std::nullopt;
    }
    for (size_t passed = 0; passed < names_max; ++passed) {
        const auto* const entry = readdir(listing.get());
        if (entry == nullptr) {
            break;
        }
        if (entry->d_ino != id.inode) {
            continue;
        }
        if (auto candidate = join_path(folder, entry->d_name); id_of(candidate) == id) {
            return candidate;
        }
    }
    return std::nullopt;
}

}  // namespace vigie::agent::errors
