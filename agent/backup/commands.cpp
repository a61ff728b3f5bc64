// Opens the repository with the real world's storage, clock and random bytes, and hands over to the engine.
#include "agent/backup/commands.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/backup/owners.hpp"
#include "agent/backup/session.hpp"
#include "agent/backup/snapshot_choice.hpp"
#include "shared/os/host_identity.hpp"

namespace vigie::agent::backup {
namespace {

constexpr const char* program_version = "vigie " VIGIE_VERSION;

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
    ArchiveRequest request;
    VIGIE_TRY(request.excludes.patterns, load_patterns(options.excludes));
    request.excludes.caches = options.excludes_caches;
    request.excludes.other_file_systems = options.is_one_file_system;
    request.excludes.larger_than = options.excludes_larger_than;
    request.exclude_texts = options.excludes.patterns;
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_TRY(session.lock, RepositoryLock::take(*session.repository, session.clock, notes));
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

Result<RestoreReport> restore(const RestoreOptions& options, const ProgressSink& progress) {
    RestoreRequest request;
    VIGIE_TRY(request.includes, load_patterns(options.includes));
    VIGIE_TRY(request.excludes, load_patterns(options.excludes));
    request.overwrite = options.overwrite;
    request.is_sparse = options.is_sparse;
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_CHECK(session.lock_for_reading(notes));
    VIGIE_TRY(request.snapshot, session.find_snapshot({options.snapshot, options.host, options.tag}, notes));
    request.target = clean_path(options.target, current_folder());
    for (const auto& path : options.paths) {
        request.paths.push_back(clean_path(path, "/"));
    }
    VIGIE_CHECK(session.load_index(notes));
    VIGIE_TRY(auto report, restore_snapshot(*session.repository, session.clock, request, progress));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    return report;
}

Result<VerifyReport> verify(const VerifyOptions& options, const ProgressSink& progress) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_CHECK(session.lock_for_reading(notes));
    VIGIE_TRY(auto report,
              verify_repository(*session.repository, session.clock, options.packs, session.random, progress));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    return report;
}

}  // namespace vigie::agent::backup
