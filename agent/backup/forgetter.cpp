// By name, or group by group.
#include "agent/backup/forgetter.hpp"

#include <algorithm>

#include "agent/backup/snapshot_choice.hpp"

namespace vigie::agent::backup {
namespace {

Result<std::vector<ForgetGroup>> plan_by_name(const std::vector<Snapshot>& snapshots, const ForgetRequest& request,
                                              Moment now) {
    ForgetGroup group;
    for (const auto& name : request.names) {
        if (name == "latest") {
            return fail(ErrorCode::malformed, "forget takes ids ('backup list' shows them), not 'latest'");
        }
        VIGIE_TRY(auto snapshot, choose_snapshot(snapshots, name, "", "", now));
        if (std::none_of(group.choices.begin(), group.choices.end(),
                         [&](const auto& choice) { return choice.snapshot.id == snapshot.id; })) {
            group.choices.push_back({std::move(snapshot), {}});
        }
    }
    return std::vector<ForgetGroup>{std::move(group)};
}

std::string describe_group(const SnapshotGroup& group) {
    return fmt::format("{}{}{}", go_quote(group.host), group.paths.empty() ? "" : " of ",
                       go_quote(fmt::format("{}", fmt::join(group.paths, " "))));
}

}  // namespace

Result<std::vector<ForgetGroup>> plan_forget(const std::vector<Snapshot>& snapshots, const ForgetRequest& request,
                                             Moment now) {
    if (!request.names.empty()) {
        return plan_by_name(snapshots, request, now);
    }
    if (request.policy.is_empty()) {
        return fail(ErrorCode::malformed, "forget needs ids of snapshots, or a policy such as --keep-daily 14");
    }
    std::vector<Snapshot> selected;
    std::copy_if(snapshots.begin(), snapshots.end(), std::back_inserter(selected),
                 [&](const Snapshot& snapshot) { return matches(snapshot, request.host, request.tag); });
    if (selected.empty()) {
        return fail(ErrorCode::not_found, "{}", why_none(snapshots, request.host, request.tag));
    }
    std::vector<ForgetGroup> groups;
    for (auto& group : group_snapshots(selected, request.grouping)) {
        auto choices = apply_policy(std::move(group.snapshots), request.policy, now);
        if (std::none_of(choices.begin(), choices.end(), [](const auto& choice) { return choice.is_kept(); })) {
            return fail(ErrorCode::malformed,
                        "nothing was forgotten: this policy would leave no snapshot of {}; keep some, such as with "
                        "--keep-last 1, or name those that are to go",
                        describe_group(group));
        }
        groups.push_back({std::move(group.host), std::move(group.paths), std::move(group.tags), std::move(choices)});
    }
    return groups;
}

std::vector<Id> removed_by(const std::vector<ForgetGroup>& groups) {
    std::vector<Id> ids;
    for (const auto& group : groups) {
        for (const auto& choice : group.choices) {
            if (!choice.is_kept()) {
                ids.push_back(choice.snapshot.id);
            }
        }
    }
    return ids;
}

Result<void> remove_snapshots(Repository& repository, RepositoryLock& lock, const std::vector<Id>& ids) {
    for (const auto& id : ids) {
        VIGIE_CHECK(lock.renew_if_due());
        VIGIE_CHECK(lock.confirm());
        const auto removed = repository.storage().remove(FileKind::snapshot, id);
        if (!removed && removed.error().code != ErrorCode::not_found) {
            return removed;
        }
    }
    return {};
}

}  // namespace vigie::agent::backup
