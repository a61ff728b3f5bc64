// Calendars, counts and reasons.
#include "agent/backup/retention.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <tuple>

namespace vigie::agent::backup {
namespace {

constexpr int64_t seconds_per_hour = 3600;
constexpr int64_t seconds_per_day = 86400;
// Ten thousand years in each unit: what a policy may ask for without any sum overflowing.
constexpr int64_t span_years_max = 10'000;

constexpr int64_t floor_divide(int64_t value, int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

int64_t local_seconds(const Snapshot& snapshot) {
    return snapshot.time.seconds + snapshot.utc_offset_seconds;
}

std::chrono::year_month_day civil_day(int64_t local) {
    return std::chrono::sys_days(std::chrono::days(floor_divide(local, seconds_per_day)));
}

int64_t year_of(int64_t local) {
    return static_cast<int>(civil_day(local).year());
}

int64_t month_of(int64_t local) {
    return year_of(local) * 12 + static_cast<unsigned>(civil_day(local).month());
}

// ISO 8601 weeks begin on Monday; 1970-01-01 was a Thursday.
int64_t week_of(int64_t local) {
    return floor_divide(floor_divide(local, seconds_per_day) + 3, 7);
}

int64_t day_of(int64_t local) {
    return floor_divide(local, seconds_per_day);
}

int64_t hour_of(int64_t local) {
    return floor_divide(local, seconds_per_hour);
}

// As Go's AddDate: a day that the month has not runs over into the next one.
Moment before(const Snapshot& latest, const CalendarSpan& span) {
    const auto local = local_seconds(latest);
    const auto civil = civil_day(local);
    const auto months = month_of(local) - 1 - span.years * 12 - span.months;
    const auto year = floor_divide(months, 12);
    // The calendar's years end there, long before any snapshot.
    if (year < static_cast<int>(std::chrono::year::min())) {
        return {INT64_MIN, 0};
    }
    const auto month = static_cast<unsigned>(months - year * 12 + 1);
    const std::chrono::sys_days first =
        std::chrono::year(static_cast<int>(year)) / std::chrono::month(month) / std::chrono::day(1);
    const auto day =
        first.time_since_epoch().count() + static_cast<int64_t>(static_cast<unsigned>(civil.day())) - 1 - span.days;
    const auto second_of_day = local - day_of(local) * seconds_per_day;
    return {day * seconds_per_day + second_of_day - span.hours * seconds_per_hour - latest.utc_offset_seconds,
            latest.time.nanoseconds};
}

using BucketOf = int64_t (*)(int64_t local);

// The newest snapshot of each bucket is kept while there is count left.
struct CountRule {
    uint32_t left;
    BucketOf bucket_of;  // nothing: each snapshot is a bucket of its own
    const char* reason;
    std::optional<int64_t> last_bucket;
};

struct WithinRule {
    CalendarSpan span;
    BucketOf bucket_of;
    std::string reason;
    std::optional<int64_t> last_bucket;
};

bool has_all_tags(const Snapshot& snapshot, const std::vector<std::string>& tags) {
    return std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
        return std::find(snapshot.tags.begin(), snapshot.tags.end(), tag) != snapshot.tags.end();
    });
}

class Chooser {
  public:
    Chooser(const RetentionPolicy& policy, const Snapshot& latest) : policy_(policy), latest_(latest) {
        for (auto& rule : within_) {
            rule.reason += format_calendar_span(rule.span);
        }
    }

    std::vector<std::string> reasons_for(const Snapshot& snapshot, bool is_oldest) {
        std::vector<std::string> reasons;
        for (const auto& tags : policy_.tags) {
            if (has_all_tags(snapshot, tags)) {
                reasons.push_back(fmt::format("has tags [{}]", fmt::join(tags, ", ")));
            }
        }
        if (!policy_.within.is_zero() && snapshot.time > before(latest_, policy_.within)) {
            reasons.push_back("within " + format_calendar_span(policy_.within));
        }
        for (auto& rule : counts_) {
            add_reason(rule, snapshot, is_oldest, reasons);
        }
        for (auto& rule : within_) {
            if (!rule.span.is_zero() && snapshot.time > before(latest_, rule.span)) {
                add_bucket_reason(rule, snapshot, is_oldest, reasons);
            }
        }
        return reasons;
    }

  private:
    static void add_reason(CountRule& rule, const Snapshot& snapshot, bool is_oldest,
                           std::vector<std::string>& reasons) {
        if (rule.left == 0) {
            return;
        }
        if (rule.bucket_of == nullptr) {
            reasons.emplace_back(rule.reason);
        } else if (!add_bucket_reason(rule, snapshot, is_oldest, reasons)) {
            return;
        }
        rule.left -= rule.left == keep_unlimited ? 0 : 1;
    }

    // The oldest one stays while a rule wants more than there is: else the history would be shorter than it could be.
    template <typename Rule>
    static bool add_bucket_reason(Rule& rule, const Snapshot& snapshot, bool is_oldest,
                                  std::vector<std::string>& reasons) {
        const auto bucket = rule.bucket_of(local_seconds(snapshot));
        const bool is_new = rule.last_bucket != bucket;
        if (!is_new && !is_oldest) {
            return false;
        }
        rule.last_bucket = bucket;
        reasons.push_back(fmt::format("{}{}", is_new ? "" : "oldest ", rule.reason));
        return true;
    }

    const RetentionPolicy& policy_;
    const Snapshot& latest_;
    std::array<CountRule, 6> counts_{{{policy_.last, nullptr, "last snapshot", {}},
                                      {policy_.hourly, hour_of, "hourly snapshot", {}},
                                      {policy_.daily, day_of, "daily snapshot", {}},
                                      {policy_.weekly, week_of, "weekly snapshot", {}},
                                      {policy_.monthly, month_of, "monthly snapshot", {}},
                                      {policy_.yearly, year_of, "yearly snapshot", {}}}};
    std::array<WithinRule, 5> within_{{{policy_.within_hourly, hour_of, "hourly within ", {}},
                                       {policy_.within_daily, day_of, "daily within ", {}},
                                       {policy_.within_weekly, week_of, "weekly within ", {}},
                                       {policy_.within_monthly, month_of, "monthly within ", {}},
                                       {policy_.within_yearly, year_of, "yearly within ", {}}}};
};

}  // namespace

Result<CalendarSpan> parse_calendar_span(std::string_view text) {
    CalendarSpan span;
    const auto* at = text.data();
    const auto* end = at + text.size();
    while (at != end) {
        int64_t number = 0;
        const auto parsed = std::from_chars(at, end, number);
        const char unit = parsed.ptr != end ? *parsed.ptr : '\0';
        auto* field = unit == 'y'   ? &span.years
                      : unit == 'm' ? &span.months
                      : unit == 'd' ? &span.days
                      : unit == 'h' ? &span.hours
                                    : nullptr;
        const auto number_max = span_years_max * (unit == 'y' ? 1 : unit == 'm' ? 12 : unit == 'd' ? 366 : 366 * 24);
        if (parsed.ec != std::errc{} || field == nullptr || *field != 0 || number < 0 || number > number_max) {
            return fail(ErrorCode::malformed, "'{}' is no length of time such as 1y6m, 14d or 36h", text.substr(0, 64));
        }
        *field = number;
        at = parsed.ptr + 1;
    }
    if (span.is_zero()) {
        return fail(ErrorCode::malformed, "'{}' is no length of time such as 1y6m, 14d or 36h", text.substr(0, 64));
    }
    return span;
}

std::string format_calendar_span(const CalendarSpan& span) {
    std::string text;
    const std::array<std::pair<int64_t, char>, 4> parts{
        {{span.years, 'y'}, {span.months, 'm'}, {span.days, 'd'}, {span.hours, 'h'}}};
    for (const auto& [number, unit] : parts) {
        text += number != 0 ? fmt::format("{}{}", number, unit) : "";
    }
    return text;
}

Result<uint32_t> parse_keep_count(std::string_view text) {
    if (text == "unlimited") {
        return keep_unlimited;
    }
    uint32_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || count == keep_unlimited) {
        return fail(ErrorCode::malformed, "'{}' is neither a count nor 'unlimited'", text.substr(0, 64));
    }
    return count;
}

bool RetentionPolicy::is_empty() const {
    return last == 0 && hourly == 0 && daily == 0 && weekly == 0 && monthly == 0 && yearly == 0 && within.is_zero() &&
           within_hourly.is_zero() && within_daily.is_zero() && within_weekly.is_zero() && within_monthly.is_zero() &&
           within_yearly.is_zero() && tags.empty();
}

std::vector<RetentionChoice> apply_policy(std::vector<Snapshot> snapshots, const RetentionPolicy& policy, Moment now) {
    std::sort(snapshots.begin(), snapshots.end(),
              [](const Snapshot& a, const Snapshot& b) { return std::tie(b.time, b.id) < std::tie(a.time, a.id); });
    const auto latest =
        std::find_if(snapshots.begin(), snapshots.end(), [&](const auto& each) { return !is_in_future(each, now); });
    std::vector<RetentionChoice> choices;
    for (auto future = snapshots.begin(); future != latest; ++future) {
        choices.push_back({*future, {"dated in the future"}});
    }
    if (latest == snapshots.end()) {
        return choices;
    }
    Chooser chooser(policy, *latest);
    for (auto each = latest; each != snapshots.end(); ++each) {
        choices.push_back({*each, policy.is_empty() ? std::vector<std::string>{"policy is empty"}
                                                    : chooser.reasons_for(*each, each + 1 == snapshots.end())});
    }
    return choices;
}

Result<SnapshotGrouping> parse_grouping(std::string_view text) {
    SnapshotGrouping grouping{false, false, false};
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto name = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (name == "host" || name == "hosts") {
            grouping.by_host = true;
        } else if (name == "paths" || name == "path") {
            grouping.by_paths = true;
        } else if (name == "tags" || name == "tag") {
            grouping.by_tags = true;
        } else {
            return fail(ErrorCode::malformed, "'{}': snapshots are grouped by host, paths and tags",
                        name.substr(0, 64));
        }
    }
    return grouping;
}

std::vector<SnapshotGroup> group_snapshots(const std::vector<Snapshot>& snapshots, const SnapshotGrouping& grouping) {
    using Key = std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>;
    std::map<Key, std::vector<Snapshot>> groups;
    const auto sorted = [](std::vector<std::string> texts, bool is_used) {
        std::sort(texts.begin(), texts.end());
        return is_used ? texts : std::vector<std::string>{};
    };
    for (const auto& snapshot : snapshots) {
        groups[{grouping.by_host ? snapshot.host : "", sorted(snapshot.paths, grouping.by_paths),
                sorted(snapshot.tags, grouping.by_tags)}]
            .push_back(snapshot);
    }
    std::vector<SnapshotGroup> result;
    for (auto& [key, members] : groups) {
        const auto& [host, paths, tags] = key;
        result.push_back({host, paths, tags, std::move(members)});
    }
    return result;
}

}  // namespace vigie::agent::backup
