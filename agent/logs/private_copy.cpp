#include "agent/logs/private_copy.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vigie::agent::logs {

Result<void> make_file(const Folder& folder, const std::string& name, uint64_t source_inode, const Finish& finish,
                       const Pulse& pulse, const std::function<Result<void>(int fd)>& fill) {
    const auto hidden = fmt::format(".vigie-{:x}.tmp", source_inode);
    VIGIE_CHECK(folder.remove(hidden));
    VIGIE_TRY(const auto file, folder.create(hidden));
    pulse();
    auto made = fill(file.get());
    if (made && (fchown(file.get(), finish.uid, finish.gid) != 0 || fchmod(file.get(), finish.mode) != 0 ||
                 fsync(file.get()) != 0)) {
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

}  // namespace vigie::agent::logs
