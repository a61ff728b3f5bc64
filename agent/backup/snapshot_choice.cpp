// By id, or the newest that matches.
#include "agent/backup/snapshot_choice.hpp"

#include <algorithm>
#include <set>

namespace vigie::agent::backup {
namespace {

bool has_tag(const Snapshot& snapshot, std::string_view tag) {
    return tag.empty() || std::find(snapshot.tags.begin(), snapshot.tags.end(), tag) != snapshot.tags.end();
}

}  // namespace

bool matches(const Snapshot& snapshot, std::string_view host, std::string_view tag) {
    return (host.empty() || snapshot.host == host) && has_tag(snapshot, tag);
}

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

}  // namespace vigie::agent::backup
