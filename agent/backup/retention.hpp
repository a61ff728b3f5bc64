// Which snapshots a retention policy keeps. Pure: takes snapshots and the time, gives decisions. The rules are restic's
// ("Removing backup snapshots", since version 0.16), with one of our own: a snapshot that is dated in the future is
// kept and takes no other's place, since a wrong clock made it and it would push out the true newest ones.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/backup/snapshot.hpp"

namespace vigie::agent::backup {

// A length of time by the calendar: "2y5m7d3h".
struct CalendarSpan {
    int64_t years = 0;
    int64_t months = 0;
    int64_t days = 0;
    int64_t hours = 0;
    bool operator==(const CalendarSpan&) const = default;
    bool is_zero() const { return *this == CalendarSpan{}; }
};
Result<CalendarSpan> parse_calendar_span(std::string_view text);
std::string format_calendar_span(const CalendarSpan& span);  // largest unit first, without units of zero

constexpr uint32_t keep_unlimited = UINT32_MAX;
// A count, or "unlimited".
Result<uint32_t> parse_keep_count(std::string_view text);

// Zero and empty: the rule is not used.
struct RetentionPolicy {
    uint32_t last = 0;
    // The newest of each of so many hours, days… that have one. Hours and days are counted in the time zone that a
    // snapshot was written in (ours in UTC), weeks by ISO 8601.
    uint32_t hourly = 0;
    uint32_t daily = 0;
    uint32_t weekly = 0;
    uint32_t monthly = 0;
    uint32_t yearly = 0;
    // All that are younger than this before the newest one, and the newest of each hour, day… in such a time.
    CalendarSpan within;
    CalendarSpan within_hourly;
    CalendarSpan within_daily;
    CalendarSpan within_weekly;
    CalendarSpan within_monthly;
    CalendarSpan within_yearly;
    std::vector<std::vector<std::string>> tags;  // those that have all the tags of one of these lists
    bool is_empty() const;
};

struct RetentionChoice {
    Snapshot snapshot;
    std::vector<std::string> reasons;  // to keep it; none: it goes
    bool is_kept() const { return !reasons.empty(); }
};
// For the snapshots of one group, in any order; gives them newest first. An empty policy keeps all.
std::vector<RetentionChoice> apply_policy(std::vector<Snapshot> snapshots, const RetentionPolicy& policy, Moment now);

// What a policy is applied to separately.
struct SnapshotGrouping {
    bool by_host = true;
    bool by_paths = true;
    bool by_tags = false;
};
// "host,paths", "tags", or "" for one group of all.
Result<SnapshotGrouping> parse_grouping(std::string_view text);

struct SnapshotGroup {
    // Empty where it is not grouped by that.
    std::string host;
    std::vector<std::string> paths;
    std::vector<std::string> tags;
    std::vector<Snapshot> snapshots;
};
// In the order of host, paths and tags.
std::vector<SnapshotGroup> group_snapshots(const std::vector<Snapshot>& snapshots, const SnapshotGrouping& grouping);

}  // namespace vigie::agent::backup
