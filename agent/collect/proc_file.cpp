// pread until the end.
#include "agent/collect/proc_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace vigie::agent {
namespace {
constexpr size_t start_bytes = 16384;  // most files of /proc fit, so that one call reads them whole
}

ReadBuffer::ReadBuffer() : bytes_(start_bytes, '\0') {}

Result<std::string_view> ReadBuffer::fill(int fd, const std::string& path) {
    size_t used = 0;
    for (;;) {
        if (used == bytes_.size()) {
            if (used >= text_bytes_max) {
                return fail(ErrorCode::too_large, "read {}: more than {} bytes", path, text_bytes_max);
            }
            bytes_.resize(used * 2);
        }
        const auto got = pread(fd, bytes_.data() + used, bytes_.size() - used, static_cast<off_t>(used));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(errno_error(errno, "read " + path));
        }
        if (got == 0) {
            return std::string_view(bytes_.data(), used);
        }
        used += static_cast<size_t>(got);
    }
}

Result<std::string_view> ProcFile::read(ReadBuffer& buffer) {
    if (!file_) {
        file_ = Fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file_) {
            return fail(errno_error(errno, "open " + path_));
        }
    }
    auto text = buffer.fill(file_.get(), path_);
    if (!text) {
        file_.reset();
    }
    return text;
}

Result<std::string_view> read_once(int folder, const char* name, ReadBuffer& buffer) {
    const Fd file(openat(folder, name, O_RDONLY | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(errno, name));
    }
    return buffer.fill(file.get(), name);
}

}  // namespace vigie::agent
