// flock(2): the kernel lets go of it with the process, so that no dead owner is left.
#include "shared/os/path_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace vigie {

Result<Fd> lock_beside(const std::string& path) {
    const auto lock_name = path + ".lock";
    Fd lock(open(lock_name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) {
        return fail(errno_error(errno, "open " + lock_name));
    }
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::conflict, "{} is in use by another process: stop it, or choose another path", path);
    }
    return lock;
}

}  // namespace vigie
