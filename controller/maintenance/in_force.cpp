#include "controller/maintenance/in_force.hpp"

#include <algorithm>

namespace vigie::controller::maintenance {
namespace {

bool is_of(const RunSpan& run, const JobHold& hold) {
    return run.plan.empty() ? run.job == hold.job : run.plan == hold.schedule;
}

// A run that never ends holds no longer than it may take.
WallTime end_of(const RunSpan& run, const JobHold& hold) {
    const auto latest = run.begun_at + run.lease;
    return std::min(run.over_at.value_or(latest), latest) + hold.grace;
}

bool is_holding(const Window& window, const routing::Labels& labels, WallTime at) {
    return routing::is_match(window.matchers, labels) && is_open(window, at);
}

bool is_in_force(const RunHold& one, WallTime at) {
    return one.run.begun_at <= at && at < one.until;
}

bool is_holding(const RunHold& one, const routing::Labels& labels, WallTime at) {
    const auto& alerts = one.hold->alerts;
    return is_in_force(one, at) && std::any_of(alerts.begin(), alerts.end(), [&labels](const auto& matchers) {
               return routing::is_match(matchers, labels);
           });
}

milliseconds longest_grace(const std::vector<JobHold>& holds) {
    milliseconds longest{0};
    for (const auto& hold : holds) {
        longest = std::max(longest, hold.grace);
    }
    return longest;
}

std::string text_of(const RunSpan& run, const JobHold& hold, WallTime until) {
    const auto end = run.over_at ? to_rfc3339(until)
                                 : fmt::format("it ends and {} more, {} at the latest", format_duration(hold.grace),
                                               to_rfc3339(until));
    return fmt::format("run {} of job '{}' until {}", run.run.value, run.job, end);
}

}  // namespace

bool is_open(const Window& window, WallTime at) {
    return routing::is_in_any(window.times, at);
}

InForce::InForce(const Maintenance& maintenance, const std::vector<RunSpan>& runs) : windows_(&maintenance.windows) {
    for (const auto& run : runs) {
        for (const auto& hold : maintenance.holds) {
            if (is_of(run, hold)) {
                runs_[run.agent.value].push_back({&hold, run, end_of(run, hold)});
            }
        }
    }
}

Result<InForce> InForce::read(const Maintenance& maintenance, const StoreReader& store, WallTime since,
                              std::vector<DamagedRow>* damaged) {
    std::vector<RunSpan> runs;
    if (!maintenance.holds.empty()) {
        // No further back than counts: this is read again with each run that begins or ends.
        VIGIE_TRY(runs, list_run_spans(store, since - longest_grace(maintenance.holds), damaged));
    }
    return InForce(maintenance, runs);
}

const std::vector<RunHold>& InForce::runs_on_host_of(const routing::Labels& labels) const {
    static const std::vector<RunHold> none;
    const auto instance = labels.find("instance");
    const auto found = instance == labels.end() ? runs_.end() : runs_.find(instance->second);
    return found == runs_.end() ? none : found->second;
}

bool InForce::holds(const routing::Labels& labels, WallTime at) const {
    const auto& runs = runs_on_host_of(labels);
    return (windows_ != nullptr && std::any_of(windows_->begin(), windows_->end(),
                                               [&](const auto& one) { return is_holding(one, labels, at); })) ||
           std::any_of(runs.begin(), runs.end(), [&](const auto& one) { return is_holding(one, labels, at); });
}

std::vector<Held> InForce::all(const routing::Labels& labels, WallTime at) const {
    std::vector<Held> held;
    if (windows_ != nullptr) {
        for (const auto& window : *windows_) {
            if (is_holding(window, labels, at)) {
                held.push_back({"maintenance", window.name, fmt::format("maintenance window '{}'", window.name)});
            }
        }
    }
    for (const auto& one : runs_on_host_of(labels)) {
        if (is_holding(one, labels, at)) {
            held.push_back({"run", one.run.run.value, text_of(one.run, *one.hold, one.until)});
        }
    }
    return held;
}

std::vector<RunHold> InForce::runs(WallTime at) const {
    std::vector<RunHold> holding;
    for (const auto& [host, all] : runs_) {
        std::copy_if(all.begin(), all.end(), std::back_inserter(holding),
                     [at](const auto& one) { return is_in_force(one, at); });
    }
    return holding;
}

}  // namespace vigie::controller::maintenance
