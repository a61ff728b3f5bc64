// The ballast file and the decision whether there is room.
#include "controller/store/disk_guard.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "shared/log/log.hpp"
#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

namespace {

Bytes ballast_size(Bytes capacity) {
    return std::min(ballast_bytes_max, Bytes{capacity.count / ballast_fraction});
}
Bytes reserve_size(Bytes capacity) {
    return std::min(reserve_bytes_max, Bytes{capacity.count / reserve_fraction});
}
// Room for the ballast again, the reserve, and as much once more, so that the state does not flap.
Bytes needed_to_recover(Bytes capacity) {
    return Bytes{ballast_size(capacity).count + 2 * reserve_size(capacity).count};
}

}  // namespace

Result<DiskSpace> probe_disk_space(const std::string& folder) {
    struct statvfs info {};
    if (statvfs(folder.c_str(), &info) != 0) {
        return fail(errno_error(errno, "free space of " + folder));
    }
    return DiskSpace{.capacity = Bytes{info.f_blocks * info.f_frsize},
                     .available = Bytes{info.f_bavail * info.f_frsize}};
}

DiskGuard::DiskGuard(std::string folder, SpaceProbe probe)
    : folder_(std::move(folder)), ballast_path_(join_path(folder_, "ballast")), probe_(std::move(probe)) {}

bool DiskGuard::has_ballast() const {
    return ::access(ballast_path_.c_str(), F_OK) == 0;
}

void DiskGuard::make_ballast(Bytes size) {
    const Fd file(::open(ballast_path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    // Real blocks, not a hole. A file system without fallocate goes without a ballast: the reserve still holds.
    if (!file || ::posix_fallocate(file.get(), 0, static_cast<off_t>(size.count)) != 0) {
        ::unlink(ballast_path_.c_str());
        log::warning("store: no ballast file {} of {} could be made", ballast_path_, format_bytes(size));
    }
}

bool DiskGuard::has_room() {
    if (!std::exchange(was_probed_, true)) {
        lacks_ballast_ = !has_ballast();
    }
    const auto space = probe_(folder_);
    if (!space) {
        return !is_full_;  // not knowing is no reason to stop; a full disk shows in the write itself
    }
    last_ = *space;
    if (is_full_) {
        if (last_.available < needed_to_recover(last_.capacity)) {
            return false;
        }
        is_full_ = false;
        lacks_ballast_ = false;  // if none can be made now, then neither with the next write
        make_ballast(ballast_size(last_.capacity));
        log::info("store: {} has room again ({} free), writes go on", folder_, format_bytes(last_.available));
    } else if (last_.available < reserve_size(last_.capacity)) {
        enter_full();
    } else if (lacks_ballast_ && last_.available >= needed_to_recover(last_.capacity)) {
        lacks_ballast_ = false;
        make_ballast(ballast_size(last_.capacity));
    }
    return !is_full_;
}

void DiskGuard::enter_full() {
    if (is_full_) {
        return;
    }
    is_full_ = true;
    ::unlink(ballast_path_.c_str());
    log::error("store: {}", explain());
}

std::string DiskGuard::explain() const {
    return fmt::format("the disk of {} is full: {} free, writes go on at {}", folder_, format_bytes(last_.available),
                       format_bytes(needed_to_recover(last_.capacity)));
}

}  // namespace vigie::controller
