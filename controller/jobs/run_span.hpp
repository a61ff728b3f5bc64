// From when to when runs are under way on their hosts, by the controller's clock: a host's own may be wrong. Of those
// that are not over, the records tell; of those that are, if their plans hold alerts, a row of Family::silences: "r" +
// when their end was heard of + the run's id.
#pragma once
#include "controller/jobs/job_run.hpp"
#include "controller/store/readable.hpp"

namespace vigie::controller {

struct RunSpan {
    RunId run;
    std::string plan;  // "" for a run that an operator forced
    std::string job;
    AgentId agent;
    WallTime begun_at{};                // when it was sent to the host
    milliseconds lease{0};              // how long it may take: lease_of()
    std::optional<WallTime> over_at{};  // nothing while it is under way
    bool operator==(const RunSpan&) const = default;
};

// Whether the host has said that it began.
bool has_begun(const JobRun& run);
// What stands in Family::jobs beside the id of a run that has not begun; "" beside others. Many wait for hosts that are
// away: who asks what is under way need not read them.
constexpr std::string_view not_begun_mark = "w";

void put_span_end(const JobRun& run, WallTime over_at, StoreBatch& batch);
// Those that have begun and are not over, and those over at `since` or later whose end is still kept. A damaged row is
// passed over, and told in `damaged`. Any thread.
Result<std::vector<RunSpan>> list_run_spans(const StoreReader& store, WallTime since,
                                            std::vector<DamagedRow>* damaged = nullptr);
// Forgets ends heard of before the instant. Adds nothing to the batch when there are none.
Result<void> prune_span_ends(const StoreReader& store, WallTime before, StoreBatch& batch);

}  // namespace vigie::controller
