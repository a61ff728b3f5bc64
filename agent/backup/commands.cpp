// Opens the repository with the real world's storage, clock and random bytes, and hands over to the engine.
#include "agent/backup/commands.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "agent/backup/local_storage.hpp"
#include "agent/backup/owners.hpp"
#include "shared/os/files.hpp"
#include "shared/os/host_identity.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent::backup {
namespace {

constexpr Bytes password_bytes_max = 64_KiB;
constexpr const char* program_version = "vigie " VIGIE_VERSION;

// As restic: the line's end is no part of the password.
std::string first_line(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    return std::string(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
}

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

// Each level of folders holds a file descriptor; the usual soft limit of 1024 is for programs that call select(2).
void allow_many_files() {
    struct rlimit limit {};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

// One command's world.
struct Session {
    explicit Session(const Access& access) : storage(clean_path(access.repository, current_folder()), random) {}
    Result<void> open(const Access& access) {
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
    // For reading. Where nothing can be written the medium is read-only, and nobody can remove anything either.
    Result<void> lock_for_reading(std::vector<std::string>& notes) {
        auto taken = RepositoryLock::take(*repository, clock, notes);
        if (!taken && taken.error().code != ErrorCode::denied && taken.error().code != ErrorCode::no_space) {
            return fail(std::move(taken.error()));
        }
        if (taken) {
            lock = std::move(*taken);
        } else {
            notes.push_back("reading without a lock: " + taken.error().message);
        }
        return {};
    }

    SystemRandom random;
    SystemClock clock;
    LocalStorage storage;
    std::unique_ptr<Repository> repository;
    std::unique_ptr<RepositoryLock> lock;
};

bool has_tag(const Snapshot& snapshot, std::string_view tag) {
    return tag.empty() || std::find(snapshot.tags.begin(), snapshot.tags.end(), tag) != snapshot.tags.end();
}

bool matches(const Snapshot& snapshot, std::string_view host, std::string_view tag) {
    return (host.empty() || snapshot.host == host) && has_tag(snapshot, tag);
}

// For a selection that matched nothing: what there would have been to select.
std::string why_none(const std::vector<Snapshot>& snapshots, std::string_view host, std::string_view tag) {
    if (snapshots.empty()) {
        return "the repository has no snapshots";
    }
    std::set<std::string> hosts;
    for (const auto& snapshot : snapshots) {
        hosts.insert(go_quote(snapshot.host));
    }
    return fmt::format("no snapshot matches{}{}; the repository has {} of {}",
                       host.empty() ? "" : fmt::format(" --host {}", host),
                       tag.empty() ? "" : fmt::format(" --tag {}", tag), snapshots.size(), fmt::join(hosts, ", "));
}

}  // namespace

Result<InitReport> init(const InitOptions& options) {
    Session session(options.access);
    VIGIE_TRY(const auto password, read_password(options.access.password_file));
    const KeyOwner owner{name_of_user(geteuid()), host_name(), moment_of(session.clock.wall())};
    VIGIE_TRY(const auto config, Repository::create(session.storage, session.random, password, owner));
    return InitReport{session.storage.place(), config.id};
}

Result<RunReport> run(const RunOptions& options, const ProgressSink& progress) {
    if (options.paths.empty()) {
        return fail(ErrorCode::malformed, "nothing to back up: name at least one path");
    }
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_TRY(session.lock, RepositoryLock::take(*session.repository, session.clock, notes));
    ArchiveRequest request;
    for (const auto& path : options.paths) {
        request.paths.push_back(clean_path(path, current_folder()));
    }
    std::sort(request.paths.begin(), request.paths.end());
    request.paths.erase(std::unique(request.paths.begin(), request.paths.end()), request.paths.end());
    request.host = options.host.empty() ? host_name() : options.host;
    request.tags = options.tags;
    request.program_version = program_version;
    struct stat entry {};
    if (stat(session.storage.place().c_str(), &entry) == 0) {
        request.left_out = {entry.st_dev, entry.st_ino};
    }
    VIGIE_TRY(auto report, archive(*session.repository, *session.lock, session.clock, request, progress));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    return report;
}

Result<ListReport> list(const ListOptions& options) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    ListReport report;
    VIGIE_TRY(auto snapshots, session.repository->load_snapshots(&report.problems));
    const auto now = moment_of(session.clock.wall());
    if (std::none_of(snapshots.begin(), snapshots.end(),
                     [&](const Snapshot& snapshot) { return matches(snapshot, options.host, options.tag); })) {
        report.notes.push_back(why_none(snapshots, options.host, options.tag));
    }
    for (auto& snapshot : snapshots) {
        if (matches(snapshot, options.host, options.tag)) {
            const bool is_future = is_in_future(snapshot, now);
            report.snapshots.push_back({std::move(snapshot), is_future});
        }
    }
    return report;
}

Result<Snapshot> choose_snapshot(const std::vector<Snapshot>& snapshots, std::string_view wanted, std::string_view host,
                                 std::string_view tag, Moment now) {
    if (wanted == "latest") {
        const auto found = std::find_if(snapshots.rbegin(), snapshots.rend(), [&](const Snapshot& snapshot) {
            return matches(snapshot, host, tag) && !is_in_future(snapshot, now);
        });
        return found != snapshots.rend() ? Result<Snapshot>(*found)
                                         : fail(ErrorCode::not_found, "latest: {}", why_none(snapshots, host, tag));
    }
    const Snapshot* found = nullptr;
    for (const auto& snapshot : snapshots) {
        if (wanted.empty() || !to_hex(snapshot.id).starts_with(wanted)) {
            continue;
        }
        if (found != nullptr) {
            return fail(ErrorCode::conflict, "snapshot {}: several begin so; give more digits", wanted);
        }
        found = &snapshot;
    }
    return found != nullptr
               ? Result<Snapshot>(*found)
               : fail(ErrorCode::not_found, "snapshot {}: no such snapshot; 'backup list' shows them", wanted);
}

Result<RestoreReport> restore(const RestoreOptions& options, const ProgressSink& progress) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_CHECK(session.lock_for_reading(notes));
    std::vector<Error> unreadable;
    VIGIE_TRY(const auto snapshots, session.repository->load_snapshots(&unreadable));
    // The one that can't be read may be the newest, and an older state must not come back for it unasked.
    if (options.snapshot == "latest" && !unreadable.empty()) {
        return fail(unreadable.front().code,
                    "latest: {}: it may be the newest; name the snapshot to restore ('backup list' shows them)",
                    unreadable.front().message);
    }
    for (const auto& error : unreadable) {
        notes.push_back("passed over: " + error.message);
    }
    RestoreRequest request;
    VIGIE_TRY(request.snapshot,
              choose_snapshot(snapshots, options.snapshot, options.host, options.tag, moment_of(session.clock.wall())));
    request.target = clean_path(options.target, current_folder());
    for (const auto& path : options.paths) {
        request.paths.push_back(clean_path(path, "/"));
    }
    std::vector<Error> broken;
    VIGIE_CHECK(session.repository->load_index(&broken));
    for (const auto& error : broken) {
        notes.push_back("passed over: " + error.message);
    }
    VIGIE_TRY(auto packs, session.repository->leave_out_lost_packs(ShortPacks::use_what_is_there));
    std::erase_if(packs.lost, [&](const LostPack& pack) { return session.repository->is_whole_elsewhere(pack); });
    const auto lost = describe_lost(packs.lost, "files that need it can't be restored");
    notes.insert(notes.end(), lost.begin(), lost.end());
    VIGIE_TRY(auto report, restore_snapshot(*session.repository, session.clock, request, progress));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    return report;
}

Result<VerifyReport> verify(const VerifyOptions& options, const ProgressSink& progress) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_CHECK(session.lock_for_reading(notes));
    VIGIE_TRY(auto report, verify_repository(*session.repository, session.clock, options.read_data, progress));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    return report;
}

}  // namespace vigie::agent::backup
