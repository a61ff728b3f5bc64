#include "agent/logs/copy_truncate.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "agent/logs/private_copy.hpp"
#include "agent/logs/writers.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr size_t chunk_bytes = 256 * 1024;
using Chunk = std::array<char, chunk_bytes>;
// Rounds in which the copy tries to catch up with a writer. Each is far shorter than the one before it unless the
// writer is as fast as the disk, and then no number would do.
constexpr int catch_up_rounds_max = 100;

Result<uint64_t> size_of(int fd, const std::string& path) {
    struct stat entry {};
    if (fstat(fd, &entry) != 0) {
        return fail(errno_error(errno, "look at " + path));
    }
    return static_cast<uint64_t>(entry.st_size);
}

uint64_t block_size(int fd) {
    struct statfs system {};
    return fstatfs(fd, &system) == 0 && system.f_bsize > 0 ? static_cast<uint64_t>(system.f_bsize) : 4096;
}

// The next byte at or behind `at` that is no hole; `end` when there is none before it. Where a file system knows no
// holes that is `at`.
uint64_t data_from(int file, uint64_t at, uint64_t end) {
    const auto data = lseek(file, static_cast<off_t>(at), SEEK_DATA);
    return data >= 0 ? std::min(static_cast<uint64_t>(data), end) : errno == ENXIO ? end : at;
}

// Where the data that begins at `at` ends in a hole, `end` at most.
uint64_t hole_from(int file, uint64_t at, uint64_t end) {
    const auto hole = lseek(file, static_cast<off_t>(at), SEEK_HOLE);
    return hole > static_cast<off_t>(at) ? std::min(static_cast<uint64_t>(hole), end) : end;
}

// Bytes [begin, end) of `from` to the same place of `to`, which ends there then. Holes stay holes.
Result<void> copy_range(int from, int to, uint64_t begin, uint64_t end, const std::string& path) {
    const auto chunk = std::make_unique<Chunk>();
    while (begin < end) {
        begin = data_from(from, begin, end);
        if (begin == end) {
            VIGIE_TRY(const auto size, size_of(from, path));
            if (size < end) {
                return fail(ErrorCode::io, "read {}: it became shorter meanwhile", path);
            }
            return ftruncate(to, static_cast<off_t>(end)) == 0 ? Result<void>{}
                                                               : fail(errno_error(errno, "copy " + path));
        }
        const auto wanted = std::min<uint64_t>(chunk->size(), hole_from(from, begin, end) - begin);
        const auto got = pread(from, chunk->data(), wanted, static_cast<off_t>(begin));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return fail(errno_error(got < 0 ? errno : EIO, "read " + path));
        }
        const auto wrote = pwrite(to, chunk->data(), static_cast<size_t>(got), static_cast<off_t>(begin));
        if (wrote < 0 && errno != EINTR) {
            return fail(errno_error(errno, "copy " + path));
        }
        begin += static_cast<uint64_t>(std::max<ssize_t>(wrote, 0));
    }
    return {};
}

Result<bool> has_same_front(int log, int archive, uint64_t size, const std::string& path) {
    const auto one = std::make_unique<Chunk>();
    const auto other = std::make_unique<Chunk>();
    for (uint64_t at = 0; at < size;) {
        const auto wanted = std::min<uint64_t>(chunk_bytes, size - at);
        const auto got = pread(log, one->data(), wanted, static_cast<off_t>(at));
        const auto same = pread(archive, other->data(), wanted, static_cast<off_t>(at));
        if (got < 0 || same < 0) {
            return fail(errno_error(errno, "read " + path));
        }
        if (got != same || got == 0 || std::memcmp(one->data(), other->data(), static_cast<size_t>(got)) != 0) {
            return false;
        }
        at += static_cast<uint64_t>(got);
    }
    return true;
}

Result<Fd> open_same(const Folder& folder, const PlannedLog& log, const std::string& name, int flags) {
    VIGIE_TRY(auto file, folder.open_file(name, flags));
    struct stat entry {};
    if (fstat(file.get(), &entry) != 0 || entry.st_ino != log.inode || entry.st_dev != log.device) {
        return fail(ErrorCode::conflict, "{} is not the file any more that was to be rotated", log.path);
    }
    return file;
}

// Copies what came since, then cuts to zero.
Result<void> catch_up_and_cut(const PlannedLog& log, int live, int archive, const Pulse& pulse) {
    VIGIE_TRY(auto copied, size_of(archive, log.path));
    for (int round = 0; round < catch_up_rounds_max; ++round) {
        VIGIE_TRY(const auto size, size_of(live, log.path));
        if (size == copied) {
            break;
        }
        VIGIE_CHECK(copy_range(live, archive, copied, size, log.path));
        copied = size;
    }
    if (fsync(archive) != 0) {
        return fail(errno_error(errno, "sync the archive of " + log.path));
    }
    pulse();
    VIGIE_TRY(const auto size, size_of(live, log.path));
    VIGIE_CHECK(copy_range(live, archive, copied, size, log.path));
    if (ftruncate(live, 0) != 0) {
        return fail(errno_error(errno, "truncate " + log.path));
    }
    pulse();
    if (fsync(archive) != 0 || fsync(live) != 0) {
        return fail(errno_error(errno, "sync " + log.path));
    }
    return {};
}

// True when the range is out of the file; false when the file system or the sizes do not allow it.
Result<bool> collapse_front(const PlannedLog& log, int live, uint64_t archived) {
    VIGIE_TRY(const auto size, size_of(live, log.path));
    if (archived == 0 || archived % block_size(live) != 0 || archived >= size ||
        fallocate(live, FALLOC_FL_COLLAPSE_RANGE, 0, static_cast<off_t>(archived)) != 0) {
        return false;
    }
    if (fsync(live) != 0) {
        return fail(errno_error(errno, "sync " + log.path));
    }
    return true;
}

}  // namespace

Result<void> check_writers(const PlannedLog& log) {
    auto writers = writers_of(log.device, log.inode);
    std::erase_if(writers, [](const Writer& writer) { return writer.appends; });
    if (!writers.empty()) {
        return fail(ErrorCode::conflict,
                    "{}: copytruncate refused: {} writes without O_APPEND, and would leave a hole of NUL bytes at the "
                    "front of the log",
                    log.path, names_of(writers));
    }
    return {};
}

namespace {
// Bytes [0, end) of the log into a new archive that is like it.
Result<void> make_archive(const Folders& folders, const PlannedLog& log, const Step& step, int live, uint64_t end,
                          const Pulse& pulse) {
    struct stat entry {};
    if (fstat(live, &entry) != 0) {
        return fail(errno_error(errno, "look at " + log.path));
    }
    const Finish finish{entry.st_mode & 07777U, entry.st_uid, entry.st_gid, live};
    return make_file(folders.archives, step.to, log.inode, finish, pulse,
                     [&](int fd) { return copy_range(live, fd, 0, end, log.path); });
}
}  // namespace

Result<void> copy_log(const Folders& folders, const PlannedLog& log, const Step& step, const Pulse& pulse) {
    VIGIE_TRY(const auto present, folders.archives.facts(step.to));
    if (present) {
        return {};  // the run that was killed made it: the plan had found the name free
    }
    VIGIE_CHECK(check_writers(log));
    VIGIE_TRY(const auto live, open_same(folders.live, log, log.name, O_RDONLY));
    VIGIE_TRY(const auto size, size_of(live.get(), log.path));
    auto wanted = size;
    if (size > 0 && has_writer(live.get())) {
        const auto block = block_size(live.get());
        const auto whole_blocks = (size - 1) / block * block;  // a range that reaches the end cannot be taken out
        wanted = whole_blocks > 0 ? whole_blocks : size;
    }
    return make_archive(folders, log, step, live.get(), wanted, pulse);
}

Result<void> snapshot_log(const Folders& folders, const PlannedLog& log, const Step& step, const Pulse& pulse) {
    VIGIE_TRY(const auto present, folders.archives.facts(step.to));
    if (present) {
        return {};  // as in copy_log
    }
    VIGIE_TRY(const auto live, open_same(folders.live, log, log.name, O_RDONLY));
    VIGIE_TRY(const auto size, size_of(live.get(), log.path));
    return make_archive(folders, log, step, live.get(), size, pulse);
}

Result<void> store_log(const Folders& folders, const PlannedLog& log, const Step& step, const Pulse& pulse) {
    VIGIE_TRY(const auto held, folders.live.facts(step.from));
    VIGIE_TRY(const auto present, folders.archives.facts(step.to));
    if (!held && present) {
        return {};  // done before the run was killed
    }
    if (!present) {
        VIGIE_TRY(const auto file, open_same(folders.live, log, step.from, O_RDONLY));
        VIGIE_TRY(const auto size, size_of(file.get(), log.path));
        VIGIE_CHECK(make_archive(folders, log, step, file.get(), size, pulse));
    }
    VIGIE_CHECK(folders.live.remove(step.from));
    pulse();
    return folders.live.sync();
}

Result<void> cut_log(const Folders& folders, const PlannedLog& log, const Step& step, bool is_resumed,
                     const Pulse& pulse, std::vector<std::string>& warnings) {
    VIGIE_TRY(const auto live, open_same(folders.live, log, log.name, O_RDWR));
    VIGIE_TRY(const auto archive, folders.archives.open_file(step.to, O_RDWR));
    VIGIE_TRY(const auto archived, size_of(archive.get(), step.to));
    VIGIE_TRY(const auto size, size_of(live.get(), log.path));
    if (is_resumed) {
        VIGIE_TRY(const auto is_whole, has_same_front(live.get(), archive.get(), archived, log.path));
        if (size < archived || !is_whole) {
            return {};
        }
    }
    VIGIE_TRY(const bool is_cut, collapse_front(log, live.get(), archived));
    if (is_cut) {
        pulse();
        return {};
    }
    if (const auto writers = writers_of(log.device, log.inode); writers.size() > 1) {
        // One of them is this process.
        warnings.push_back(
            fmt::format("{}: lines that were written between copy and truncation may be lost: {}", log.path,
                        archived < block_size(live.get()) ? "the log is smaller than a block of its file system"
                                                          : "its file system cannot take a range out of a file"));
    }
    return catch_up_and_cut(log, live.get(), archive.get(), pulse);
}

}  // namespace vigie::agent::logs
