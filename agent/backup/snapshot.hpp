// Snapshots: a moment's tree, and where and by whom it was taken.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/backup/go_text.hpp"
#include "agent/backup/id.hpp"

namespace vigie::agent::backup {

struct Snapshot {
    Id id;  // the file's name; not in the JSON
    Moment time;
    int32_t utc_offset_seconds = 0;  // of the zone that restic wrote the time in; ours are in UTC
    std::optional<Id> parent;
    Id tree;
    std::vector<std::string> paths;
    std::string host;
    std::string user;
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::vector<std::string> excludes;  // the patterns it was taken with
    std::vector<std::string> tags;
    std::string program_version;
};

// A snapshot dated later than this after now comes from a wrong clock: it is shown as such and never the latest.
constexpr int64_t clock_skew_seconds_max = 600;
inline bool is_in_future(const Snapshot& snapshot, Moment now) {
    return snapshot.time.seconds > now.seconds + clock_skew_seconds_max;
}

std::string format_snapshot(const Snapshot& snapshot);
Result<Snapshot> parse_snapshot(std::string_view json, const Id& id);

}  // namespace vigie::agent::backup
