// Runs as rows, and their words.
#include "controller/jobs/job_run.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {
constexpr uint8_t run_row_version = 1;
constexpr std::array<std::string_view, 13> phase_names{
    "queued",    "dispatched", "starting",      "running", "succeeded", "partial", "failed",
    "timed_out", "cancelled",  "indeterminate", "refused", "lost",      "missed"};
}  // namespace

std::string_view name_of(RunPhase phase) {
    return phase_names[static_cast<size_t>(phase)];
}

Result<RunPhase> parse_run_phase(std::string_view text) {
    const auto found = std::find(phase_names.begin(), phase_names.end(), text);
    if (found == phase_names.end()) {
        return fail(ErrorCode::malformed, "'{}' is not a state of a run, such as running, succeeded, failed or lost",
                    text);
    }
    return static_cast<RunPhase>(found - phase_names.begin());
}

// 12 hex digits of Unix milliseconds (enough for 8,900 years) and 20 random ones.
RunId make_run_id(WallTime now, Random& random) {
    return RunId{fmt::format("{:012x}{}", std::max<int64_t>(unix_ms(now), 0), random.hex(10))};
}

std::string encode_run(const JobRun& run) {
    keys::KeyWriter row;
    row.u8(run_row_version).bytes(run.plan).bytes(run.job).bytes(run.agent.value);
    row.u8(static_cast<uint8_t>(run.phase)).u64(run.fence).u64(run.fence_floor).u32(run.attempts);
    row.i64(unix_ms(run.scheduled_at)).i64(unix_ms(run.created_at)).i64(unix_ms(run.dispatched_at));
    row.i64(run.started_at_unix_ms).i64(run.ended_at_unix_ms).i64(run.exit_code).i64(run.timeout.count());
    row.u8(static_cast<uint8_t>(run.misfire)).u8(static_cast<uint8_t>(run.indeterminate));
    row.u8(run.is_cancel_wanted ? 1 : 0).u32(run.starts_missed);
    row.u32(static_cast<uint32_t>(run.parameters.size()));
    for (const auto& [name, value] : run.parameters) {
        row.bytes(name).bytes(value);
    }
    return row.bytes(run.message).bytes(run.output_tail).bytes(run.report_json).take();
}

Result<JobRun> decode_run(std::string_view id, std::string_view bytes) {
    keys::KeyReader row(bytes);
    if (const auto version = row.u8(); version != run_row_version) {
        return fail(ErrorCode::unsupported, "run {} is of version {}; this controller reads {}", id, version,
                    run_row_version);
    }
    JobRun run;
    run.id = RunId{std::string(id)};
    run.plan = row.bytes();
    run.job = row.bytes();
    run.agent = AgentId{row.bytes()};
    const auto phase = row.u8();
    run.phase = static_cast<RunPhase>(phase);
    run.fence = row.u64();
    run.fence_floor = row.u64();
    run.attempts = row.u32();
    run.scheduled_at = wall_from_unix_ms(row.i64());
    run.created_at = wall_from_unix_ms(row.i64());
    run.dispatched_at = wall_from_unix_ms(row.i64());
    run.started_at_unix_ms = row.i64();
    run.ended_at_unix_ms = row.i64();
    run.exit_code = static_cast<int32_t>(row.i64());
    run.timeout = milliseconds{row.i64()};
    const auto misfire = row.u8();
    run.misfire = static_cast<MisfirePolicy>(misfire);
    const auto indeterminate = row.u8();
    run.indeterminate = static_cast<IndeterminatePolicy>(indeterminate);
    run.is_cancel_wanted = row.u8() != 0;
    run.starts_missed = row.u32();
    for (auto left = row.u32(); left > 0 && row.is_ok(); --left) {
        auto name = row.bytes();
        run.parameters.insert_or_assign(std::move(name), row.bytes());
    }
    run.message = row.bytes();
    run.output_tail = row.bytes();
    run.report_json = row.bytes();
    if (!row.is_ok() || !row.is_done() || phase >= phase_names.size() || misfire > 2 || indeterminate > 2) {
        return fail(ErrorCode::corrupt, "the record of run {} is damaged", id);
    }
    return run;
}

protocol::JobStart start_message(const JobRun& run) {
    return {.run_id = run.id.value,
            .fence = run.fence,
            .job = run.job,
            .scheduled_at_unix_ms = unix_ms(run.scheduled_at),
            .lease_ms = static_cast<uint32_t>(std::min<int64_t>(run.timeout.count(), UINT32_MAX)),
            .parameters = run.parameters};
}

}  // namespace vigie::controller
