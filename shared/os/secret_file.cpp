// The checks are made on the open descriptor, so that the file cannot be exchanged between check and read.
#include "shared/os/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "shared/os/fd.hpp"

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
    std::string content;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto got = ::read(file.get(), buffer.data(), buffer.size());
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

}  // namespace vigie
