// One exclusive lock over a whole command: nobody adds between forgetting and pruning.
#include "agent/backup/commands_retention.hpp"

#include "agent/backup/session.hpp"

namespace vigie::agent::backup {
namespace {

// A dry run changes nothing, so that it is content with what readers need.
Result<void> lock_for(Session& session, bool is_dry_run, std::vector<std::string>& notes) {
    return is_dry_run ? session.lock_for_reading(notes) : session.take_lock(LockMode::exclusive, notes);
}

}  // namespace

Result<ForgetReport> forget(const ForgetOptions& options, const ProgressSink& progress) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    ForgetReport report;
    report.is_dry_run = options.is_dry_run;
    VIGIE_CHECK(lock_for(session, options.is_dry_run, report.notes));
    VIGIE_TRY(const auto snapshots, session.repository->load_snapshots(&report.problems));
    VIGIE_TRY(report.groups, plan_forget(snapshots, options.request, session.now()));
    const auto removed = removed_by(report.groups);
    report.removed = removed.size();
    report.kept = snapshots.size() - removed.size();
    if (!options.is_dry_run) {
        VIGIE_CHECK(remove_snapshots(*session.repository, *session.lock, removed));
    }
    if (options.prunes && !removed.empty()) {
        auto request = options.prune;
        request.is_dry_run = options.is_dry_run;
        request.forgotten.insert(removed.begin(), removed.end());
        // The snapshots are gone whatever becomes of this, so that the report of them must not be lost.
        auto pruned = prune_repository(*session.repository, session.lock.get(), session.clock, request, progress);
        if (pruned) {
            report.prune = std::move(*pruned);
        } else {
            report.problems.push_back(std::move(pruned.error()));
        }
    }
    return report;
}

Result<PruneReport> prune(const PruneOptions& options, const ProgressSink& progress) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    std::vector<std::string> notes;
    VIGIE_CHECK(lock_for(session, options.request.is_dry_run, notes));
    VIGIE_TRY(auto report,
              prune_repository(*session.repository, session.lock.get(), session.clock, options.request, progress));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    return report;
}

Result<UnlockReport> unlock(const UnlockOptions& options) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    return unlock_repository(*session.repository, session.clock, options.all);
}

}  // namespace vigie::agent::backup
