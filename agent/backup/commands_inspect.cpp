// Under a shared lock, so that nothing is pruned away meanwhile.
#include "agent/backup/commands_inspect.hpp"

#include <algorithm>

#include "agent/backup/archiver.hpp"
#include "agent/backup/path_pattern.hpp"
#include "agent/backup/session.hpp"
#include "agent/backup/snapshot_choice.hpp"
#include "agent/backup/snapshot_paths.hpp"
#include "agent/backup/snapshot_walk.hpp"

namespace vigie::agent::backup {
namespace {

Result<void> open_for_reading(Session& session, const Access& access, std::vector<std::string>& notes) {
    VIGIE_CHECK(session.open(access));
    return session.lock_for_reading(notes);
}

// Those that match; not_found when none does.
Result<std::vector<Snapshot>> select_snapshots(Session& session, std::string_view host, std::string_view tag,
                                               std::vector<std::string>& notes) {
    std::vector<Error> unreadable;
    VIGIE_TRY(auto snapshots, session.repository->load_snapshots(&unreadable));
    for (const auto& error : unreadable) {
        notes.push_back("passed over: " + error.message);
    }
    std::vector<Snapshot> selected;
    std::copy_if(snapshots.begin(), snapshots.end(), std::back_inserter(selected),
                 [&](const Snapshot& snapshot) { return matches(snapshot, host, tag); });
    if (selected.empty()) {
        return fail(ErrorCode::not_found, "{}", why_none(snapshots, host, tag));
    }
    return selected;
}

bool is_below_one_of(const std::string& path, const std::vector<std::string>& folders) {
    return std::any_of(folders.begin(), folders.end(), [&](const auto& folder) { return is_below(path, folder); });
}

bool is_above_one_of(const std::string& path, const std::vector<std::string>& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const auto& below) { return is_below(below, path); });
}

}  // namespace

Result<InspectReport> ls(const LsOptions& options, const EntrySink& sink) {
    Session session(options.access);
    InspectReport report;
    VIGIE_CHECK(open_for_reading(session, options.access, report.notes));
    VIGIE_TRY(const auto snapshot, session.find_snapshot({options.snapshot, options.host, options.tag}, report.notes));
    VIGIE_CHECK(session.load_index(report.notes));
    std::vector<std::string> paths;
    for (const auto& path : options.paths) {
        paths.push_back(clean_path(path, "/"));
    }
    const auto missing = paths_missing(*session.repository, snapshot.tree, paths);
    if (!missing.empty() && missing.size() == paths.size()) {
        return fail(ErrorCode::not_found, "snapshot {} has no {}", short_hex(snapshot.id), fmt::join(missing, ", no "));
    }
    for (const auto& path : missing) {
        report.problems.add(path, fmt::format("is not in snapshot {}", short_hex(snapshot.id)));
    }
    const auto visit = [&](const std::string& path, const Node& node) {
        const bool is_wanted = paths.empty() || is_below_one_of(path, paths);
        if (is_wanted) {
            ++report.entries;
            sink(snapshot, path, node);
        }
        return is_wanted || is_above_one_of(path, paths) ? WalkStep::into : WalkStep::past;
    };
    walk_snapshot(*session.repository, snapshot.tree, visit, report.problems);
    return report;
}

Result<InspectReport> find(const FindOptions& options, const EntrySink& sink) {
    PathPatterns patterns;
    for (const auto& pattern : options.patterns) {
        VIGIE_CHECK(patterns.add(pattern));
    }
    Session session(options.access);
    InspectReport report;
    VIGIE_CHECK(open_for_reading(session, options.access, report.notes));
    VIGIE_TRY(const auto snapshots, select_snapshots(session, options.host, options.tag, report.notes));
    VIGIE_CHECK(session.load_index(report.notes));
    for (const auto& snapshot : snapshots) {
        const auto visit = [&](const std::string& path, const Node& node) {
            if (patterns.matches_entry(path)) {
                ++report.entries;
                sink(snapshot, path, node);
            }
            return patterns.may_match_below(path) ? WalkStep::into : WalkStep::past;
        };
        walk_snapshot(*session.repository, snapshot.tree, visit, report.problems);
    }
    return report;
}

Result<DiffReport> diff(const DiffOptions& options, const DifferenceSink& sink) {
    Session session(options.access);
    std::vector<std::string> notes;
    VIGIE_CHECK(open_for_reading(session, options.access, notes));
    VIGIE_TRY(const auto before, session.find_snapshot({options.before, "", ""}, notes));
    std::vector<std::string> told_before;
    VIGIE_TRY(const auto after, session.find_snapshot({options.after, "", ""}, told_before));
    VIGIE_CHECK(session.load_index(notes));
    auto report = diff_snapshots(*session.repository, before.tree, after.tree, sink);
    report.notes = std::move(notes);
    return report;
}

Result<StatsReport> stats(const StatsOptions& options, const ProgressSink& progress) {
    Session session(options.access);
    std::vector<std::string> notes;
    VIGIE_CHECK(open_for_reading(session, options.access, notes));
    std::vector<Snapshot> snapshots;
    if (options.snapshots.empty()) {
        VIGIE_TRY(snapshots, select_snapshots(session, options.host, options.tag, notes));
    }
    for (const auto& name : options.snapshots) {
        VIGIE_TRY(auto snapshot, session.find_snapshot({name, options.host, options.tag}, notes));
        snapshots.push_back(std::move(snapshot));
    }
    VIGIE_CHECK(session.load_index(notes));
    VIGIE_TRY(auto report, measure_snapshots(*session.repository, snapshots, session.clock, progress));
    report.notes = std::move(notes);
    return report;
}

}  // namespace vigie::agent::backup
