// The checks are made on the open descriptor, so that the file cannot be exchanged between check and read.
#include "shared/os/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie {

Result<std::string> read_secret_file(const std::string& path, Bytes max) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat entry {};
    if (!file || fstat(file.get(), &entry) != 0) {
        if (errno == ELOOP) {
            return fail(ErrorCode::denied, "{} is a symbolic link; a secret must be a plain file", path);
        }
        return fail(errno_error(errno, "open " + path));
    }
    if (!S_ISREG(entry.st_mode)) {
        return fail(ErrorCode::denied, "{} is not a plain file", path);
    }
    if ((entry.st_mode & 0077) != 0) {
        return fail(ErrorCode::denied, "{} has mode {:04o}: others may use it; run chmod 600 {}", path,
                    entry.st_mode & 07777, path);
    }
    if (entry.st_uid != geteuid() && entry.st_uid != 0) {
        return fail(ErrorCode::denied, "{} belongs to user {}, not to this process's user", path, entry.st_uid);
    }
    return read_all(file.get(), max, path);
}

Result<void> create_secret_file(const std::string& path, std::string_view content) {
    const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) {
        return errno == EEXIST ? fail(ErrorCode::exists, "{} is there already: remove it, or name another file", path)
                               : fail(errno_error(errno, "create " + path));
    }
    auto written = write_all(file.get(), content, path);
    if (written && (fchmod(file.get(), 0600) != 0 || fsync(file.get()) != 0)) {
        written = fail(errno_error(errno, "sync " + path));
    }
    if (!written) {
        unlink(path.c_str());
        return written;
    }
    return sync_directory(parent_of(path));
}

}  // namespace vigie
