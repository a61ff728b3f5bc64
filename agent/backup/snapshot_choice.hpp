// Which of a repository's snapshots a person means. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "agent/backup/snapshot.hpp"

namespace vigie::agent::backup {

// "": any.
bool matches(const Snapshot& snapshot, std::string_view host, std::string_view tag);
// For a selection that matched nothing: what there would have been to select.
std::string why_none(const std::vector<Snapshot>& snapshots, std::string_view host, std::string_view tag);
// The one that `wanted` names among snapshots sorted by time. One dated in the future is found by its id only.
Result<Snapshot> choose_snapshot(const std::vector<Snapshot>& snapshots, std::string_view wanted, std::string_view host,
                                 std::string_view tag, Moment now);

}  // namespace vigie::agent::backup
