// POSIX calls below one folder.
#include "agent/backup/local_storage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "shared/os/files.hpp"

namespace vigie::agent::backup {
namespace {

constexpr std::string_view temporary_mark = "-tmp-";
// A writer renames its temporary file within minutes. One older than a day was left by a kill.
constexpr time_t leftover_age_s = 24 * 3600;

std::string_view folder_of(FileKind kind) {
    switch (kind) {
        case FileKind::config:
            return "";
        case FileKind::key:
            return "keys";
        case FileKind::lock:
            return "locks";
        case FileKind::snapshot:
            return "snapshots";
        case FileKind::index:
            return "index";
        case FileKind::pack:
            return "data";
    }
    return "";
}

void remove_if_leftover(int folder, const char* name, const struct stat& entry) {
    if (std::string_view(name).find(temporary_mark) != std::string_view::npos &&
        time(nullptr) - entry.st_mtime > leftover_age_s) {
        unlinkat(folder, name, 0);
    }
}

Result<void> read_exactly(int fd, uint64_t offset, std::string& into, const std::string& what) {
    size_t done = 0;
    while (done < into.size()) {
        const auto got = pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(errno_error(errno, "read " + what));
        }
        if (got == 0) {
            return fail(ErrorCode::corrupt, "{}: ends at byte {}, {} more were expected", what, offset + done,
                        into.size() - done);
        }
        done += static_cast<size_t>(got);
    }
    return {};
}

Result<void> write_new_file(const std::string& path, std::string_view content) {
    const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) {
        return fail(errno_error(errno, "create " + path));
    }
    VIGIE_CHECK(write_all(file.get(), content, path));
    // 0400, as restic does: nothing in a repository is ever changed in place.
    if (fchmod(file.get(), 0400) != 0 || fsync(file.get()) != 0) {
        return fail(errno_error(errno, "sync " + path));
    }
    return {};
}

}  // namespace

std::string describe(FileKind kind, const Id& id) {
    switch (kind) {
        case FileKind::config:
            return "config";
        case FileKind::key:
            return "key " + to_hex(id);
        case FileKind::lock:
            return "lock " + to_hex(id);
        case FileKind::snapshot:
            return "snapshot " + to_hex(id);
        case FileKind::index:
            return "index " + to_hex(id);
        case FileKind::pack:
            return "pack " + to_hex(id);
    }
    return to_hex(id);
}

std::string LocalStorage::path_of(FileKind kind, const Id& id) const {
    if (kind == FileKind::config) {
        return join_path(folder_, "config");
    }
    const auto name = to_hex(id);
    if (kind == FileKind::pack) {
        return fmt::format("{}/data/{}/{}", folder_, name.substr(0, 2), name);
    }
    return fmt::format("{}/{}/{}", folder_, folder_of(kind), name);
}

Result<void> LocalStorage::create() {
    SystemFiles files;
    if (files.is_present(join_path(folder_, "config"))) {
        return fail(ErrorCode::exists, "{} holds a repository already", folder_);
    }
    for (const auto kind :
         {FileKind::config, FileKind::key, FileKind::lock, FileKind::snapshot, FileKind::index, FileKind::pack}) {
        VIGIE_CHECK(files.make_directories(join_path(folder_, folder_of(kind)), 0700));
    }
    for (int prefix = 0; prefix < 256; ++prefix) {  // synced together
        const auto path = fmt::format("{}/data/{:02x}", folder_, prefix);
        if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
            return fail(errno_error(errno, "create folder " + path));
        }
    }
    VIGIE_CHECK(sync_directory(join_path(folder_, "data")));
    return sync_directory(folder_);
}

Result<void> LocalStorage::list_folder(const std::string& path, std::vector<StoredFile>& found) {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
    if (!folder) {
        return fail(errno_error(errno, "list " + path));
    }
    errno = 0;
    while (const auto* entry = readdir(folder.get())) {
        const auto id = parse_id(entry->d_name);
        struct stat status {};
        if (entry->d_name[0] == '.' || fstatat(dirfd(folder.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            errno = 0;
            continue;
        }
        if (id && S_ISREG(status.st_mode)) {
            found.push_back({*id, static_cast<uint64_t>(status.st_size)});
        } else if (!id) {
            remove_if_leftover(dirfd(folder.get()), entry->d_name, status);
        }
        errno = 0;
    }
    return errno == 0 ? Result<void>{} : fail(errno_error(errno, "list " + path));
}

Result<std::vector<StoredFile>> LocalStorage::list(FileKind kind) {
    std::vector<StoredFile> found;
    if (kind == FileKind::config) {
        struct stat entry {};
        if (stat(path_of(kind, {}).c_str(), &entry) == 0) {
            found.push_back({Id{}, static_cast<uint64_t>(entry.st_size)});
        } else if (errno != ENOENT) {
            return fail(errno_error(errno, "read " + path_of(kind, {})));
        }
        return found;
    }
    const auto base = join_path(folder_, folder_of(kind));
    if (kind != FileKind::pack) {
        VIGIE_CHECK(list_folder(base, found));
        return found;
    }
    for (int prefix = 0; prefix < 256; ++prefix) {
        auto listed = list_folder(fmt::format("{}/{:02x}", base, prefix), found);
        if (!listed && listed.error().code != ErrorCode::not_found) {
            return fail(std::move(listed.error()));
        }
    }
    return found;
}

Result<std::string> LocalStorage::load(FileKind kind, const Id& id) {
    const auto path = path_of(kind, id);
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat entry {};
    if (!file || fstat(file.get(), &entry) != 0) {
        return fail(errno_error(errno, "open " + path));
    }
    std::string content(static_cast<size_t>(entry.st_size), '\0');
    VIGIE_CHECK(read_exactly(file.get(), 0, content, path));
    return content;
}

Result<int> LocalStorage::open_pack(const Id& id) {
    for (auto found = open_packs_.begin(); found != open_packs_.end(); ++found) {
        if (found->first == id) {
            std::rotate(open_packs_.begin(), found, found + 1);
            return open_packs_.front().second.get();
        }
    }
    const auto path = path_of(FileKind::pack, id);
    Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(errno, "open " + path));
    }
    if (open_packs_.size() == open_packs_max) {
        open_packs_.pop_back();
    }
    open_packs_.emplace(open_packs_.begin(), id, std::move(file));
    return open_packs_.front().second.get();
}

Result<std::string> LocalStorage::load_range(FileKind kind, const Id& id, uint64_t offset, uint64_t length) {
    std::string content(length, '\0');
    if (kind == FileKind::pack) {
        VIGIE_TRY(const int file, open_pack(id));
        VIGIE_CHECK(read_exactly(file, offset, content, path_of(kind, id)));
        return content;
    }
    const auto path = path_of(kind, id);
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return fail(errno_error(errno, "open " + path));
    }
    VIGIE_CHECK(read_exactly(file.get(), offset, content, path));
    return content;
}

Result<void> LocalStorage::save(FileKind kind, const Id& id, std::string_view content) {
    const auto path = path_of(kind, id);
    SystemFiles files;
    if (kind != FileKind::config && files.is_present(path)) {
        return {};
    }
    const auto beside = fmt::format("{}{}{}", path, temporary_mark, random_.hex(8));
    auto written = write_new_file(beside, content);
    if (!written && written.error().code == ErrorCode::not_found && kind == FileKind::pack) {
        VIGIE_CHECK(files.make_directories(parent_of(path), 0700));
        written = write_new_file(beside, content);
    }
    if (written && rename(beside.c_str(), path.c_str()) != 0) {
        written = fail(errno_error(errno, "rename to " + path));
    }
    if (!written) {
        unlink(beside.c_str());
        return written;
    }
    return sync_directory(parent_of(path));
}

Result<void> LocalStorage::remove(FileKind kind, const Id& id) {
    const auto path = path_of(kind, id);
    if (unlink(path.c_str()) != 0) {
        return fail(errno_error(errno, "remove " + path));
    }
    // A snapshot or an index must not come back in a crash after what it lists was removed.
    const bool is_listing = kind == FileKind::snapshot || kind == FileKind::index;
    return is_listing ? sync_directory(parent_of(path)) : Result<void>{};
}

}  // namespace vigie::agent::backup
