// Password, key, lock, index.
#include "agent/backup/session.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include "agent/backup/archiver.hpp"
#include "agent/backup/owners.hpp"
#include "agent/backup/snapshot_choice.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent::backup {
namespace {

constexpr Bytes password_bytes_max = 64_KiB;

// As restic: the line's end is no part of the password.
std::string first_line(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    return std::string(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
}

// Each level of folders holds a file descriptor; the usual soft limit of 1024 is for programs that call select(2).
void allow_many_files() {
    struct rlimit limit {};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

}  // namespace

Result<std::string> read_password(const std::string& path) {
    VIGIE_TRY(const auto text, read_secret_file(path, password_bytes_max));
    auto password = first_line(text);
    if (password.empty()) {
        return fail(ErrorCode::malformed, "{}: holds no password", path);
    }
    return password;
}

std::string current_folder() {
    std::string folder(65536, '\0');
    return getcwd(folder.data(), folder.size()) != nullptr ? std::string(folder.c_str()) : "/";
}

Session::Session(const Access& access) : storage(clean_path(access.repository, current_folder()), random) {}

Moment Session::now() const {
    return moment_of(clock.wall());
}

Result<void> Session::open(const Access& access) {
    allow_many_files();
    VIGIE_TRY(const auto password, read_password(access.password_file));
    auto opened = Repository::open(storage, random, password);
    if (!opened && opened.error().code == ErrorCode::denied) {
        return fail(opened.error().code, "{}: is the one in {} this repository's?", opened.error().message,
                    access.password_file);
    }
    VIGIE_TRY(repository, std::move(opened));
    return {};
}

Result<void> Session::take_lock(LockMode mode, std::vector<std::string>& notes) {
    VIGIE_TRY(lock, RepositoryLock::take(*repository, clock, notes, mode));
    return {};
}

Result<void> Session::lock_for_reading(std::vector<std::string>& notes) {
    auto taken = take_lock(LockMode::shared, notes);
    if (!taken && taken.error().code != ErrorCode::denied && taken.error().code != ErrorCode::no_space) {
        return taken;
    }
    if (!taken) {
        notes.push_back("reading without a lock: " + taken.error().message);
    }
    return {};
}

Result<Snapshot> Session::find_snapshot(const SnapshotName& name, std::vector<std::string>& notes) {
    std::vector<Error> unreadable;
    VIGIE_TRY(const auto snapshots, repository->load_snapshots(&unreadable));
    // The one that can't be read may be the newest, and an older state must not come back for it unasked.
    if (name.snapshot == "latest" && !unreadable.empty()) {
        return fail(unreadable.front().code,
                    "latest: {}: it may be the newest; name the snapshot ('backup list' shows them)",
                    unreadable.front().message);
    }
    for (const auto& error : unreadable) {
        notes.push_back("passed over: " + error.message);
    }
    return choose_snapshot(snapshots, name.snapshot, name.host, name.tag, now());
}

Result<void> Session::load_index(std::vector<std::string>& notes) {
    std::vector<Error> broken;
    VIGIE_CHECK(repository->load_index(&broken));
    for (const auto& error : broken) {
        notes.push_back("passed over: " + error.message);
    }
    VIGIE_TRY(auto packs, repository->leave_out_lost_packs(ShortPacks::use_what_is_there));
    std::erase_if(packs.lost, [&](const LostPack& pack) { return repository->is_whole_elsewhere(pack); });
    const auto lost = describe_lost(packs.lost, "files that need it can't be restored");
    notes.insert(notes.end(), lost.begin(), lost.end());
    return {};
}

}  // namespace vigie::agent::backup
