// The records of runs, for people, and their end. Reading is for any thread.
#pragma once
#include <optional>
#include <vector>

#include "controller/jobs/job_run.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

struct RunFilter {
    std::optional<AgentId> agent;
    std::optional<std::string> job;
    std::optional<std::string> plan;
    std::optional<RunPhase> phase;
    WallTime since = WallTime::min();  // made at or after
    WallTime until = WallTime::max();  // made before
    size_t limit = 100;
};

// Records looked at for one question: a filter that fits nothing must not read years of history.
constexpr size_t history_scan_max = 100'000;

// The newest first.
Result<std::vector<JobRun>> list_runs(const StateStore& store, const RunFilter& filter);
Result<std::optional<JobRun>> find_run(const StateStore& store, const RunId& id);

// Forgets runs made before the instant, but for those that are not over, and the unique keys of starts two days older
// still, so that a clock put back finds them. At most prune_keys_max keys a call: true when more are left.
constexpr size_t prune_keys_max = 10'000;
Result<bool> prune_runs(const StateStore& store, WallTime before, StoreBatch& batch);

}  // namespace vigie::controller
