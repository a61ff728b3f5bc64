// One run of a job on one host, as it stands in Family::runs. A run's id begins with when it was made, so the family's
// order is time's.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "controller/schedule/job_plan.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/ids.hpp"
#include "shared/os/random.hpp"

namespace vigie::controller {

// The numbers stand on disk: add at the end only.
enum class RunPhase : uint8_t {
    queued = 0,      // recorded, not sent: the host is away or busy with the same job
    dispatched = 1,  // sent, no word yet
    starting = 2,
    running = 3,
    succeeded = 4,  // from here on it is over
    partial = 5,
    failed = 6,
    timed_out = 7,
    cancelled = 8,
    indeterminate = 9,  // nobody knows whether it finished, and the plan's policy is to ask
    refused = 10,       // by the host: no such job, wrong parameters, or the job is running already
    lost = 11,          // the host fell silent for longer than the run's lease
    missed = 12,        // a start that never became a run
};
constexpr bool is_over(RunPhase phase) {
    return phase >= RunPhase::succeeded;
}
// Sent and not over.
constexpr bool is_in_flight(RunPhase phase) {
    return phase > RunPhase::queued && !is_over(phase);
}
std::string_view name_of(RunPhase phase);
Result<RunPhase> parse_run_phase(std::string_view text);

struct JobRun {
    RunId id;
    std::string plan;  // "" for a run that an operator forced
    std::string job;
    AgentId agent;
    RunPhase phase = RunPhase::queued;
    uint64_t fence = 0;        // of the last attempt; 0 before the first
    uint64_t fence_floor = 0;  // reports of lower ones speak of an attempt that was given up
    uint32_t attempts = 0;     // how often it was begun anew after an indeterminate end
    WallTime scheduled_at{};   // the instant of the plan, or when it was forced
    WallTime created_at{};
    WallTime dispatched_at{};
    int64_t started_at_unix_ms = 0;
    int64_t ended_at_unix_ms = 0;
    int32_t exit_code = 0;
    milliseconds timeout{0};
    MisfirePolicy misfire = MisfirePolicy::latest;
    IndeterminatePolicy indeterminate = IndeterminatePolicy::fail;
    bool is_cancel_wanted = false;
    uint32_t starts_missed = 0;  // in phase missed: how many starts it stands for
    std::map<std::string, std::string> parameters;
    std::string message;
    std::string output_tail;
    std::string report_json;
    bool operator==(const JobRun&) const = default;
    bool is_forced() const { return plan.empty(); }
};

// A host's time in Unix milliseconds may be any number: cut to what has a date of four digits, so that it can be
// reckoned with and shown.
constexpr int64_t host_time_ms(int64_t told) {
    constexpr int64_t end_of_9999 = 253'402'300'799'999;
    return std::clamp<int64_t>(told, 0, end_of_9999);
}

// A run whose plan names no timeout may take this long before its host's silence makes it lost.
constexpr milliseconds lease_default = std::chrono::hours{24};
inline milliseconds lease_of(const JobRun& run) {
    return run.timeout > 0ms ? run.timeout : lease_default;
}

RunId make_run_id(WallTime now, Random& random);
std::string encode_run(const JobRun& run);  // without the id, which is the key
Result<JobRun> decode_run(std::string_view id, std::string_view bytes);
protocol::JobStart start_message(const JobRun& run);

}  // namespace vigie::controller
