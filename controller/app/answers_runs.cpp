// runs and backups: what ran, how it ended, what it left; and giving a run up.
#include "controller/app/answers.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/app/snapshots.hpp"
#include "controller/jobs/run_history.hpp"
#include "controller/jobs/run_reason.hpp"

namespace vigie::controller {
namespace {

constexpr size_t snapshots_shown_max = 1'000;

Json time_of_ms(int64_t ms) {
    return ms == 0 ? Json(nullptr) : Json(to_rfc3339(wall_from_unix_ms(ms)));
}

// Of a run that its host saw end: not of one that is under way, and not of one that never began or that nobody saw end.
bool has_exit_code(const JobRun& run) {
    const auto phase = run.phase;
    return run.started_at_unix_ms != 0 &&
           (phase == RunPhase::succeeded || phase == RunPhase::partial || phase == RunPhase::failed ||
            phase == RunPhase::timed_out || phase == RunPhase::cancelled);
}

Result<Json> row_of(const Sources& s, const JobRun& run) {
    VIGIE_TRY(const auto short_id, short_id_in(s.store, Family::runs, "", run.id.value));
    Json row{{"id", run.id.value},
             {"short_id", short_id},
             {"host", run.agent.value},
             {"job", run.job},
             {"schedule", run.plan},
             {"state", name_of(run.phase)},
             {"scheduled_at", to_rfc3339(run.scheduled_at)},
             {"started_at", time_of_ms(run.started_at_unix_ms)},
             {"ended_at", time_of_ms(run.ended_at_unix_ms)},
             {"took", nullptr},
             {"exit_code", has_exit_code(run) ? Json(run.exit_code) : Json(nullptr)},
             {"message", reason_of(run)}};
    if (run.started_at_unix_ms != 0 && run.ended_at_unix_ms != 0) {
        row["took"] =
            format_duration(milliseconds{std::max<int64_t>(run.ended_at_unix_ms - run.started_at_unix_ms, 0)});
    }
    if (const auto progress = s.watch.progress_of(run.id.value, run.agent); progress && !is_over(run.phase)) {
        row["progress"] = {
            {"done", progress->done}, {"total", progress->total}, {"unit", progress->unit}, {"doing", progress->doing}};
    }
    return row;
}

Result<Json> list_all_runs(const Sources& s, const Request& request) {
    RunFilter filter;
    VIGIE_TRY(const auto host, request.text("host"));
    VIGIE_TRY(const auto job, request.text("job"));
    VIGIE_TRY(const auto state, request.text("state"));
    VIGIE_TRY(const auto limit, request.number("limit", 50));
    VIGIE_TRY(filter.since, since_of(request, milliseconds::max(), s.clock.wall()));
    filter.agent = host.empty() ? std::nullopt : std::optional(AgentId{host});
    filter.job = job.empty() ? std::nullopt : std::optional(job);
    filter.limit = static_cast<size_t>(std::clamp<int64_t>(limit, 1, 10'000));
    if (!state.empty()) {
        VIGIE_TRY(filter.phase, parse_run_phase(state));
    }
    VIGIE_TRY(const auto runs, list_runs(s.store, filter));
    Json rows = Json::array();
    for (const auto& run : runs) {
        VIGIE_TRY(auto row, row_of(s, run));
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<JobRun> run_of(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto given, request.required_text("id"));
    VIGIE_TRY(const auto id, whole_id(s.store, Family::runs, "", given, "run"));
    VIGIE_TRY(auto run, find_run(s.store, RunId{id}));
    if (!run) {  // forgotten a moment ago
        return fail(ErrorCode::not_found, "there is no run '{}'", id);
    }
    return std::move(*run);
}

Result<Json> show_run(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto run, run_of(s, request));
    VIGIE_TRY(auto shown, row_of(s, run));
    shown["parameters"] = run.parameters;
    shown["output_tail"] = run.output_tail;
    shown["report"] = shallow_json(run.report_json);
    return shown;
}

std::string note_on_cancel(const Sources& s, const JobRun& run) {
    if (run.phase == RunPhase::queued) {
        return "it had not been sent: it is cancelled";
    }
    const auto* host = s.watch.fleet().find(run.agent);
    return host != nullptr && host->is_connected ? "the host was told to end it"
                                                 : "the host is not connected: it is told when it is back";
}

// A run that was not sent yet ends here; of one under way its host is told, and the host's last word ends it.
void cancel_run(const Sources& s, const Request& request, const Desk::Respond& respond) {
    const auto run = run_of(s, request);
    if (!run) {
        return respond(fail(run.error()));
    }
    const auto why = fmt::format("by {}", request.caller.name);
    const auto note = note_on_cancel(s, *run);
    submit_change(
        s, request,
        [&records = s.records, run = *run, why, note](StoreBatch& batch) -> Result<Json> {
            VIGIE_CHECK(records.jobs().cancel(run.id, why, records.now(), batch));
            return Json{{"id", run.id.value}, {"host", run.agent.value}, {"job", run.job}, {"note", note}};
        },
        respond);
}

Result<Json> list_backups(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto host, request.text("host"));
    VIGIE_TRY(const auto snapshots, list_snapshots(s.store, host, snapshots_shown_max));
    std::set<std::string> ids;
    for (const auto& snapshot : snapshots) {
        ids.insert(snapshot.id);
    }
    const auto short_ones = short_ids(ids);
    Json rows = Json::array();
    for (const auto& snapshot : snapshots) {
        rows.push_back({{"snapshot", snapshot.id},
                        {"short_id", short_ones.at(snapshot.id)},
                        {"host", snapshot.agent.value},
                        {"job", snapshot.job},
                        {"state", snapshot.state},
                        {"taken_at", to_rfc3339(snapshot.taken_at)},
                        {"files", snapshot.files},
                        {"bytes", snapshot.bytes},
                        {"bytes_added", snapshot.bytes_added},
                        {"run", snapshot.run}});
    }
    return rows;
}

}  // namespace

void add_run_answers(Desk& desk, const Sources& sources) {
    desk.answer("runs.list", Role::viewer, {"host", "job", "state", "limit", "since_ms"},
                [&sources](const Request& r) { return list_all_runs(sources, r); });
    desk.answer("runs.show", Role::viewer, {"id"}, [&sources](const Request& r) { return show_run(sources, r); });
    desk.change("runs.cancel", Role::operator_, {"id"},
                [&sources](const Request& r, const Desk::Respond& respond) { cancel_run(sources, r, respond); });
    desk.answer("backups.list", Role::viewer, {"host"},
                [&sources](const Request& r) { return list_backups(sources, r); });
}

}  // namespace vigie::controller
