#include "agent/logs/run_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>

namespace vigie::agent::logs {

Result<Fd> lock_run(const std::string& path, milliseconds wait) {
    constexpr auto pause = 50ms;  // short against a run, long against the cost of asking
    Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) {
        return fail(errno_error(errno, "open " + path));
    }
    for (auto left = wait;; left -= pause) {
        if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
            return file;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail(errno_error(errno, "lock " + path));
        }
        if (left <= 0ms) {
            return fail(ErrorCode::conflict, "{} is held by another rotation that runs now", path);
        }
        poll(nullptr, 0, static_cast<int>(pause.count()));
    }
}

}  // namespace vigie::agent::logs
