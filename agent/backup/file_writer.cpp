// openat(2), pwrite(2), renameat(2).
#include "agent/backup/file_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "shared/os/random.hpp"

namespace vigie::agent::backup {
namespace {

constexpr size_t hole_bytes = 4096;  // the block of most file systems: smaller holes save nothing

std::string temporary_name() {
    SystemRandom random;
    return ".vigie-restore-" + random.hex(8);
}

struct timespec timespec_of(Moment moment) {
    return {.tv_sec = moment.seconds, .tv_nsec = static_cast<long>(moment.nanoseconds)};
}

bool has_times(const struct stat& entry, const Node& node) {
    return entry.st_mtim.tv_sec == node.modified.seconds &&
           static_cast<uint32_t>(entry.st_mtim.tv_nsec) == node.modified.nanoseconds;
}

Result<void> write_at(int file, std::string_view bytes, uint64_t offset, const std::string& path) {
    while (!bytes.empty()) {
        const auto wrote = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (wrote < 0 && errno != EINTR) {
            return fail(errno_error(errno, "write " + path));
        }
        const size_t done = wrote > 0 ? static_cast<size_t>(wrote) : 0;
        bytes.remove_prefix(done);
        offset += done;
    }
    return {};
}

bool is_zero(std::string_view bytes) {
    return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// Skips blocks of zeros; the file's end is set afterwards.
Result<void> write_sparsely(int file, std::string_view bytes, uint64_t offset, const std::string& path) {
    size_t begin = 0;
    while (begin < bytes.size()) {
        size_t end = begin;
        while (end < bytes.size() && !is_zero(bytes.substr(end, hole_bytes))) {
            end += hole_bytes;
        }
        end = std::min(end, bytes.size());
        VIGIE_CHECK(write_at(file, bytes.substr(begin, end - begin), offset + begin, path));
        begin = end;
        while (begin < bytes.size() && is_zero(bytes.substr(begin, hole_bytes))) {
            begin += hole_bytes;
        }
    }
    return {};
}

Result<void> write_content(Repository& repository, int file, const Node& node, const std::string& path, bool is_sparse,
                           const std::function<void(uint64_t)>& progress) {
    uint64_t offset = 0;
    for (const auto& id : node.content) {
        VIGIE_TRY(const auto content, repository.load_blob(BlobKind::data, id));
        VIGIE_CHECK(is_sparse ? write_sparsely(file, content, offset, path) : write_at(file, content, offset, path));
        offset += content.size();
        progress(content.size());
    }
    if (offset != node.size) {
        return fail(ErrorCode::corrupt, "{}: {} bytes stored, the tree says {}", path, offset, node.size);
    }
    if (ftruncate(file, static_cast<off_t>(offset)) != 0) {
        return fail(errno_error(errno, "set size of " + path));
    }
    return {};
}

Result<void> rename_into_place(const Place& place, const std::string& from) {
    if (renameat(place.folder, from.c_str(), place.folder, place.name.c_str()) != 0) {
        const auto error = errno_error(errno, "rename to " + place.path);
        unlinkat(place.folder, from.c_str(), 0);
        return fail(error);
    }
    return {};
}

}  // namespace

Result<void> apply_metadata(int file, const Node& node, const std::optional<Owners>& owners, const std::string& path) {
    struct stat entry {};
    if (fstat(file, &entry) != 0) {
        return fail(errno_error(errno, "stat " + path));
    }
    const bool has_owners = !owners || (entry.st_uid == owners->uid && entry.st_gid == owners->gid);
    if (!has_owners && fchown(file, owners->uid, owners->gid) != 0) {
        return fail(errno_error(errno, "set owner of " + path));
    }
    // After the owner: chown clears setuid and setgid.
    const auto mode = permissions_of(node.mode);
    if ((!has_owners || (entry.st_mode & 07777) != mode) && fchmod(file, mode) != 0) {
        return fail(errno_error(errno, "set mode of " + path));
    }
    const std::array times{timespec_of(node.accessed), timespec_of(node.modified)};
    if (!has_times(entry, node) && futimens(file, times.data()) != 0) {
        return fail(errno_error(errno, "set times of " + path));
    }
    return {};
}

// Through a descriptor of the entry itself, so that nobody can put a link in its place between look and change.
Result<void> apply_metadata_at(const Place& place, const Node& node, const std::optional<Owners>& owners) {
    const Fd itself(openat(place.folder, place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat entry {};
    if (!itself || fstat(itself.get(), &entry) != 0) {
        return fail(errno_error(errno, "stat " + place.path));
    }
    const bool has_owners = !owners || (entry.st_uid == owners->uid && entry.st_gid == owners->gid);
    if (!has_owners && fchownat(itself.get(), "", owners->uid, owners->gid, AT_EMPTY_PATH) != 0) {
        return fail(errno_error(errno, "set owner of " + place.path));
    }
    // Links have no mode of their own. fchmod() refuses a descriptor that only names a path; its name in /proc is
    // taken.
    const auto mode = permissions_of(node.mode);
    const bool has_mode = S_ISLNK(entry.st_mode) || (has_owners && (entry.st_mode & 07777) == mode);
    if (!has_mode && chmod(fmt::format("/proc/self/fd/{}", itself.get()).c_str(), mode) != 0) {
        return fail(errno_error(errno, "set mode of " + place.path));
    }
    const std::array times{timespec_of(node.accessed), timespec_of(node.modified)};
    if (!has_times(entry, node) && utimensat(itself.get(), "", times.data(), AT_EMPTY_PATH) != 0) {
        return fail(errno_error(errno, "set times of " + place.path));
    }
    return {};
}

bool has_content(Repository& repository, const Place& place, const Node& node) {
    const Fd file(openat(place.folder, place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat entry {};
    if (!file || fstat(file.get(), &entry) != 0 || !S_ISREG(entry.st_mode) ||
        static_cast<uint64_t>(entry.st_size) != node.size) {
        return false;
    }
    std::string content;
    uint64_t offset = 0;
    for (const auto& id : node.content) {
        const auto known = repository.index().find(BlobKind::data, id);
        if (!known || known->blob.plain_length() > node.size - offset) {
            return false;  // also what an index claims beyond the file's size, before memory is taken for it
        }
        content.resize(known->blob.plain_length());
        for (size_t done = 0; done < content.size();) {
            const auto got =
                pread(file.get(), content.data() + done, content.size() - done, static_cast<off_t>(offset + done));
            if (got <= 0) {
                return false;
            }
            done += static_cast<size_t>(got);
        }
        if (id_of(content) != id) {
            return false;
        }
        offset += content.size();
    }
    return offset == node.size;
}

Result<void> write_file(Repository& repository, const Place& place, const Node& node,
                        const std::optional<Owners>& owners, bool is_sparse,
                        const std::function<void(uint64_t)>& progress) {
    const auto beside = temporary_name();
    const Fd file(openat(place.folder, beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) {
        return fail(errno_error(errno, "create " + place.path));
    }
    auto written = write_content(repository, file.get(), node, place.path, is_sparse, progress);
    if (written) {
        written = apply_metadata(file.get(), node, owners, place.path);
    }
    if (!written) {
        unlinkat(place.folder, beside.c_str(), 0);
        return written;
    }
    return rename_into_place(place, beside);
}

namespace {

bool is_already_there(const Place& place, const Node& node) {
    struct stat entry {};
    if (fstatat(place.folder, place.name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) != 0 ||
        node_type_of(entry.st_mode) != node.type) {
        return false;
    }
    if (node.type != NodeType::symlink) {
        return node.type == NodeType::fifo || entry.st_rdev == node.device;
    }
    std::string target(PATH_MAX, '\0');
    const auto length = readlinkat(place.folder, place.name.c_str(), target.data(), target.size());
    return length >= 0 && std::string_view(target.data(), static_cast<size_t>(length)) == node.link_target;
}

int make_special(int folder, const std::string& name, const Node& node) {
    switch (node.type) {
        case NodeType::symlink:
            return symlinkat(node.link_target.c_str(), folder, name.c_str());
        case NodeType::fifo:
            return mkfifoat(folder, name.c_str(), 0600);
        case NodeType::block_device:
            return mknodat(folder, name.c_str(), S_IFBLK | 0600, node.device);
        case NodeType::char_device:
            return mknodat(folder, name.c_str(), S_IFCHR | 0600, node.device);
        default:
            errno = EINVAL;
            return -1;
    }
}

}  // namespace

Result<void> write_special(const Place& place, const Node& node, const std::optional<Owners>& owners) {
    if (!is_already_there(place, node)) {
        const auto beside = temporary_name();
        if (make_special(place.folder, beside, node) != 0) {
            return fail(errno_error(errno, fmt::format("create {} {}", name_of(node.type), place.path)));
        }
        VIGIE_CHECK(rename_into_place(place, beside));
    }
    return apply_metadata_at(place, node, owners);
}

}  // namespace vigie::agent::backup
