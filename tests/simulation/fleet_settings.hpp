// Small limits and short times, so that seconds of a simulated world reach what takes real ones days.
#pragma once
#include "agent/jobs/host_job.hpp"
#include "agent/outbox/agent_state.hpp"
#include "controller/jobs/job_board.hpp"
#include "controller/rules/evaluate.hpp"
#include "controller/store/committer.hpp"
#include "protocol/session/agent_session.hpp"
#include "protocol/session/controller_session.hpp"
#include "tests/simulation/world.hpp"

namespace vigie::simulation {

protocol::AgentSessionSettings agent_session_settings();
protocol::ControllerSessionSettings controller_session_settings();
agent::OutboxLimits outbox_limits(const FaultPlan& faults);
controller::CommitterLimits committer_limits(const FaultPlan& faults);
controller::rules::RuleSet rule_set();
// What the rules that need one host only ask, said again without PromQL: true above a value.
struct Threshold {
    const char* alert;
    const char* metric;
    double above;
};
constexpr Threshold thresholds[] = {{"Hot", "temp", 80}, {"Busy", "load", 4}, {"Swapping", "swap", 0}};
std::vector<controller::JobPlan> job_plans();
agent::JobTable host_jobs();
constexpr size_t host_jobs_max = 4;

}  // namespace vigie::simulation
