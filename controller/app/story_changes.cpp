#include "controller/app/story_changes.hpp"

#include "controller/app/answers.hpp"
#include "controller/app/snapshots.hpp"
#include "controller/jobs/run_history.hpp"
#include "controller/jobs/run_reason.hpp"
#include "controller/series/select.hpp"
#include "controller/store/event_log.hpp"

namespace vigie::controller {
namespace {

// A run that ended in the last half hour may have been made long before.
constexpr milliseconds run_looked_for = std::chrono::hours{24};
constexpr size_t runs_max = 1'000;
constexpr size_t events_max = 100;
constexpr size_t snapshots_max = 1'000;
// The kernel's boot time moves a little with each correction of the clock.
constexpr double boot_apart_seconds = 30;
// What a unit's series said before the window is compared with; for longer, all units' points were more than is read.
constexpr milliseconds unit_looked_for = 5min;

struct Window {
    WallTime from;
    WallTime to;
    bool has(WallTime at) const { return at > from && at <= to; }
};

using Changes = std::vector<HostChange>;

// The paths of the logs that a rotation rotated; empty for other jobs.
std::vector<std::string> rotated_logs(const JobRun& run) {
    std::vector<std::string> paths;
    const auto report = shallow_json(run.report_json);
    const auto logs = report.is_object() ? report.find("logs") : report.end();
    if (logs == report.end() || !logs->is_array()) {
        return paths;
    }
    for (const auto& log : *logs) {
        if (log.is_object() && log.value("outcome", Json()) == "rotated" && log.value("path", Json()).is_string()) {
            paths.push_back(log["path"].get<std::string>());
        }
    }
    return paths;
}

std::string named(const std::vector<std::string>& paths) {
    constexpr size_t named_max = 3;
    std::string text;
    for (size_t i = 0; i < std::min(paths.size(), named_max); ++i) {
        text += (i == 0 ? "" : ", ") + paths[i];
    }
    return paths.size() > named_max ? fmt::format("{} and {} more", text, paths.size() - named_max) : text;
}

HostChange change_of(const JobRun& run, const std::map<std::string, Snapshot>& snapshots, WallTime at, bool has_ended) {
    const auto reason = has_ended ? reason_of(run) : std::string{};
    const auto state = has_ended ? name_of(run.phase) : std::string_view("started");
    HostChange change{
        at, "job",
        fmt::format("job {}: {}{}{} (run {})", run.job, state, reason.empty() ? "" : ": ", reason, run.id.value)};
    if (const auto taken = snapshots.find(run.id.value); has_ended && taken != snapshots.end()) {
        change.kind = "backup";
        change.message += fmt::format(", snapshot {}", taken->second.id.substr(0, 8));
    } else if (const auto logs = rotated_logs(run); has_ended && !logs.empty()) {
        change.kind = "rotation";
        change.message += ", rotated " + named(logs);
    }
    return change;
}

// A run that began and ended in the window is one change, at its end.
Result<void> add_runs(const StateStore& store, const AgentId& host, const Window& window, Changes& changes) {
    RunFilter filter;
    filter.agent = host;
    filter.since = window.from - run_looked_for;
    filter.until = window.to + 1ms;
    filter.limit = runs_max;
    VIGIE_TRY(const auto runs, list_runs(store, filter));
    VIGIE_TRY(const auto taken, list_snapshots(store, host.value, snapshots_max));
    std::map<std::string, Snapshot> snapshots;
    for (const auto& one : taken) {
        snapshots.emplace(one.run, one);
    }
    for (const auto& run : runs) {
        const auto started = wall_from_unix_ms(run.started_at_unix_ms);
        const auto ended = wall_from_unix_ms(run.ended_at_unix_ms);
        if (run.ended_at_unix_ms != 0 && window.has(ended)) {
            changes.push_back(change_of(run, snapshots, ended, true));
        } else if (run.started_at_unix_ms != 0 && window.has(started)) {
            changes.push_back(change_of(run, snapshots, started, false));
        }
    }
    return {};
}

Result<void> add_events(const StateStore& store, const AgentId& host, const Window& window, Changes& changes) {
    VIGIE_TRY(const auto events, newest_events(store, window.from + 1ms, window.to + 1ms, events_max, &host));
    for (const auto& event : events) {
        changes.push_back({event.recorded_at, event.kind, event.message});
    }
    return {};
}

Result<std::vector<SelectedSeries>> series_of(const StateStore& store, const AgentId& host, std::string name,
                                              WallTime from, WallTime to) {
    std::vector<query::Matcher> matchers;
    VIGIE_TRY(auto of_name, query::Matcher::make(std::string(query::metric_name_label), query::Matcher::Kind::equal,
                                                 std::move(name)));
    VIGIE_TRY(auto of_host, query::Matcher::make("instance", query::Matcher::Kind::equal, host.value));
    matchers.push_back(std::move(of_name));
    matchers.push_back(std::move(of_host));
    return select(store, matchers, from, to);
}

Result<std::vector<Point>> points_of(const StateStore& store, const AgentId& host, std::string name,
                                     const Window& window) {
    // What was before the window is compared with: of a host that was away for a while, too.
    VIGIE_TRY(const auto found, series_of(store, host, std::move(name), window.from - changes_looked_for, window.to));
    return found.empty() ? std::vector<Point>{} : found.front().points;
}

// A time that a host told as seconds, within what it can be: not before `from`, nor after the sample.
WallTime told_time(double seconds_told, WallTime from, WallTime sampled_at) {
    const auto ms =
        std::clamp(seconds_told * 1000, static_cast<double>(unix_ms(from)), static_cast<double>(unix_ms(sampled_at)));
    return wall_from_unix_ms(static_cast<int64_t>(ms));
}

// Units that were started: by anybody where the agent reads their start times, else by systemd itself.
Result<void> add_restarts(const StateStore& store, const AgentId& host, const Window& window, Changes& changes) {
    for (const auto* name : {"node_systemd_unit_start_time_seconds", "node_systemd_service_restart_total"}) {
        const auto found = series_of(store, host, name, window.from - unit_looked_for, window.to);
        if (!found && found.error().code == ErrorCode::too_large) {
            return {};  // a host of so many units that nobody would read all their starts
        }
        if (!found) {
            return fail(found.error());
        }
        for (const auto& unit : *found) {
            const auto called = unit.labels.find("name");
            for (size_t i = 1; i < unit.points.size(); ++i) {
                const auto& point = unit.points[i];
                if (point.value > unit.points[i - 1].value && window.has(point.at)) {
                    changes.push_back(
                        {point.at, "restart",
                         fmt::format("{} was started", called == unit.labels.end() ? "" : called->second)});
                }
            }
        }
        if (!found->empty()) {
            return {};  // the first tells more
        }
    }
    return {};
}

Result<void> add_packages(const StateStore& store, const AgentId& host, const Window& window, Changes& changes) {
    VIGIE_TRY(const auto written, points_of(store, host, "vigie_packages_changed_timestamp_seconds", window));
    for (size_t i = 1; i < written.size(); ++i) {
        if (written[i].value > written[i - 1].value && window.has(written[i].at)) {
            changes.push_back({told_time(written[i].value, window.from, written[i].at), "packages",
                               "packages were installed, upgraded or removed"});
        }
    }
    return {};
}

Result<void> add_reboots(const StateStore& store, const AgentId& host, const Window& window, Changes& changes) {
    VIGIE_TRY(const auto boots, points_of(store, host, "node_boot_time_seconds", window));
    for (size_t i = 1; i < boots.size(); ++i) {
        // False for NaN, too.
        const bool is_another = boots[i].value - boots[i - 1].value > boot_apart_seconds;
        if (is_another && window.has(boots[i].at)) {
            changes.push_back({told_time(boots[i].value, window.from, boots[i].at), "reboot",
                               fmt::format("the host booted; no sample between {} and {}", to_rfc3339(boots[i - 1].at),
                                           to_rfc3339(boots[i].at))});
        }
    }
    VIGIE_TRY(const auto wishes, points_of(store, host, "node_reboot_required", window));
    for (size_t i = 1; i < wishes.size(); ++i) {
        if (wishes[i].value > 0 && wishes[i - 1].value == 0 && window.has(wishes[i].at)) {
            changes.push_back({wishes[i].at, "reboot_required", "a package was installed that needs a reboot"});
        }
    }
    return {};
}

}  // namespace

Result<std::vector<HostChange>> changes_before(const StateStore& store, const AgentId& host, WallTime at) {
    const Window window{at - changes_looked_for, at};
    Changes changes;
    VIGIE_CHECK(add_runs(store, host, window, changes));
    VIGIE_CHECK(add_events(store, host, window, changes));
    VIGIE_CHECK(add_reboots(store, host, window, changes));
    VIGIE_CHECK(add_restarts(store, host, window, changes));
    VIGIE_CHECK(add_packages(store, host, window, changes));
    std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
    if (changes.size() > changes_shown_max) {
        changes.resize(changes_shown_max);
    }
    return changes;
}

}  // namespace vigie::controller
