// What the hosts and the controller of a simulated world are configured with.
#include "tests/simulation/fleet_settings.hpp"

#include "controller/rules/rule_file.hpp"
#include "shared/core/assert.hpp"

namespace vigie::simulation {
namespace {

// A rule without and one with each delay, over series that hosts report or leave out as they like.
constexpr std::string_view rule_file = R"(groups:
- name: simulation
  rules:
  - alert: Hot
    expr: temp > 80
  - alert: Busy
    expr: load > 4
    for: 4s
  - alert: Swapping
    expr: swap > 0
    keep_firing_for: 3s
- name: fleet
  interval: 4s
  rules:
  - record: fleet:temp:max
    expr: max(temp)
  - alert: FleetHot
    expr: fleet:temp:max > 80
  - alert: BusyForAWhile
    expr: avg_over_time(load[10s]) > 4
    for: 2s
)";

controller::ScheduleConfig plan_of(std::string name, std::string when, std::string misfire, std::string indeterminate) {
    controller::ScheduleConfig config;
    config.name = name;
    config.job = std::move(name);
    config.when = std::move(when);
    config.misfire = std::move(misfire);
    config.indeterminate = std::move(indeterminate);
    config.timeout = 20s;
    return config;
}

}  // namespace

protocol::AgentSessionSettings agent_session_settings() {
    protocol::AgentSessionSettings settings;
    settings.backoff_max = 4s;
    settings.welcome_timeout = 4s;
    settings.ack_timeout = 4s;
    settings.chunk_bytes_max = 1500;
    settings.chunk_entries_max = 6;
    settings.entries_under_way_max = 24;
    settings.heartbeat_interval_ms = 2000;
    return settings;
}

protocol::ControllerSessionSettings controller_session_settings() {
    protocol::ControllerSessionSettings settings;
    settings.heartbeat_interval = 2s;
    settings.batch_bytes_max = 1000;
    settings.credit_bytes_first = 2500;
    settings.window_bytes_max = 4000;
    settings.window_entries_max = 10;
    settings.go_back_repeat = 2s;
    settings.superseded_retry = 1s;
    settings.malformed_retry = 1s;
    settings.overloaded_retry = 1s;
    return settings;
}

agent::OutboxLimits outbox_limits(const FaultPlan& faults) {
    agent::OutboxLimits limits;
    limits.entries_max = Bytes{faults.has_small_queues ? 3000U : 200'000U};
    limits.entry_max = Bytes{1000};
    limits.rewind_rows_max = faults.has_small_queues ? 5 : 20;
    return limits;
}

controller::CommitterLimits committer_limits(const FaultPlan& faults) {
    controller::CommitterLimits limits;
    if (faults.has_small_queues) {
        limits.group_items_max = 4;
        limits.queue_items_max = 6;
    }
    return limits;
}

controller::rules::RuleSet rule_set() {
    auto rules = controller::rules::parse_rule_file(rule_file, "simulation.yml");
    VIGIE_ASSERT(rules.has_value());
    return controller::rules::RuleSet(std::move(*rules));
}

std::vector<controller::JobPlan> job_plans() {
    auto plans = controller::plans_from({plan_of("backup", "every 15s", "latest", "rerun"),
                                         plan_of("rotate", "every 11s", "skip", "fail"),
                                         plan_of("check", "every 20s", "all", "ask")});
    VIGIE_ASSERT(plans.has_value());
    return std::move(*plans);
}

agent::JobTable host_jobs() {
    std::vector<agent::HostJob> jobs;
    for (const char* name : {"backup", "rotate", "check", "by-hand"}) {
        agent::HostJob job;
        job.name = name;
        job.worker_arguments = {"simulated"};
        job.timeout = 15s;
        jobs.push_back(std::move(job));
    }
    auto table = agent::JobTable::make(std::move(jobs));
    VIGIE_ASSERT(table.has_value());
    return std::move(*table);
}

}  // namespace vigie::simulation
