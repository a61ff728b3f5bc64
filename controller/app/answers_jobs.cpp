// jobs, runs, backups.
#include "controller/app/answers.hpp"
#include "controller/app/snapshots.hpp"
#include "controller/jobs/run_history.hpp"

namespace vigie::controller {
namespace {

constexpr size_t snapshots_shown_max = 1'000;

Result<Json> list_jobs(const Sources& s) {
    Json rows = Json::array();
    const auto enrolled = s.watch.enrolled_hosts();
    for (size_t i = 0; i < s.plans.size(); ++i) {
        const auto& plan = s.plans[i];
        const auto hosts = std::count_if(enrolled.begin(), enrolled.end(), [&plan](const FleetHost& host) {
            return has_labels(host.labels, plan.selector);
        });
        rows.push_back({{"name", plan.name},
                        {"job", plan.job},
                        {"when", s.schedules[i].when},
                        {"selector", plan.selector},
                        {"hosts", hosts},
                        {"misfire", s.schedules[i].misfire},
                        {"next_at", to_rfc3339(next_after(plan.schedule, s.clock.wall()))}});
    }
    return rows;
}

Result<ForcedRun> forced_run_of(const Sources& s, const Request& request) {
    ForcedRun wanted;
    VIGIE_TRY(wanted.job, request.required_text("job"));
    VIGIE_TRY(const auto host, request.text("host"));
    VIGIE_TRY(const auto labels, request.texts("labels"));
    VIGIE_TRY(wanted.parameters, request.texts("parameters"));
    wanted.asked_by = "uid " + request.user;
    if (!host.empty() && !labels.empty()) {
        return fail(ErrorCode::malformed, "jobs.run: choose by host or by labels, not both");
    }
    if (!host.empty() && s.watch.fleet().find(AgentId{host}) == nullptr) {
        return fail(unknown_host(s.watch.fleet(), host));
    }
    for (const auto* candidate : s.watch.fleet().hosts()) {
        const bool has_job =
            std::find(candidate->jobs.begin(), candidate->jobs.end(), wanted.job) != candidate->jobs.end();
        // A host that is named gets the run even when it has not told of the job: it answers itself.
        if (candidate->state != HostState::left &&
            (host.empty() ? has_job && has_labels(candidate->labels, labels) : candidate->id.value == host)) {
            wanted.hosts.push_back(candidate->id);
        }
    }
    if (wanted.hosts.empty()) {
        return fail(ErrorCode::not_found, "no host has a job '{}': vigie hosts list -o wide shows their jobs",
                    wanted.job);
    }
    return wanted;
}

void run_job(const Sources& s, const Request& request, const Desk::Respond& respond) {
    const auto wanted = forced_run_of(s, request);
    if (!wanted) {
        return respond(fail(wanted.error()));
    }
    submit_change(
        s,
        [&records = s.records, wanted = *wanted](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto ids, records.jobs().run_now(wanted, records.now(), batch));
            Json runs = Json::array();
            for (size_t i = 0; i < ids.size(); ++i) {
                runs.push_back({{"id", ids[i].value}, {"host", wanted.hosts[i].value}});
            }
            return Json{{"runs", std::move(runs)}};
        },
        respond);
}

Json time_of_ms(int64_t ms) {
    return ms == 0 ? Json(nullptr) : Json(to_rfc3339(wall_from_unix_ms(ms)));
}

Json row_of(const Sources& s, const JobRun& run) {
    Json row{{"id", run.id.value},
             {"host", run.agent.value},
             {"job", run.job},
             {"schedule", run.plan},
             {"state", name_of(run.phase)},
             {"scheduled_at", to_rfc3339(run.scheduled_at)},
             {"started_at", time_of_ms(run.started_at_unix_ms)},
             {"ended_at", time_of_ms(run.ended_at_unix_ms)},
             {"took", nullptr},
             {"exit_code", run.exit_code},
             {"message", run.message}};
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
        rows.push_back(row_of(s, run));
    }
    return rows;
}

// Null unless the text is JSON. Values nested deeper are left out: writing JSON recurses, and a host may send a
// mebibyte of brackets.
Json parse_shallow(const std::string& text) {
    constexpr int depth_max = 16;
    auto parsed = Json::parse(
        text, [](int depth, Json::parse_event_t, const Json&) { return depth <= depth_max; }, false);
    return parsed.is_discarded() ? Json(nullptr) : parsed;
}

Result<Json> show_run(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto id, request.required_text("id"));
    VIGIE_TRY(const auto run, find_run(s.store, RunId{id}));
    if (!run) {
        return fail(ErrorCode::not_found, "there is no run '{}': vigie runs list shows the newest", id);
    }
    auto shown = row_of(s, *run);
    shown["parameters"] = run->parameters;
    shown["output_tail"] = run->output_tail;
    shown["report"] = parse_shallow(run->report_json);
    return shown;
}

Result<Json> list_backups(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto host, request.text("host"));
    VIGIE_TRY(const auto snapshots, list_snapshots(s.store, host, snapshots_shown_max));
    Json rows = Json::array();
    for (const auto& snapshot : snapshots) {
        rows.push_back({{"snapshot", snapshot.id},
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

void add_job_answers(Desk& desk, const Sources& sources) {
    desk.answer("jobs.list", Role::viewer, {}, [&sources](const Request&) { return list_jobs(sources); });
    desk.handle("jobs.run", Role::operator_, {"job", "host", "labels", "parameters"},
                [&sources](const Request& r, const Desk::Respond& respond) { run_job(sources, r, respond); });
    desk.answer("runs.list", Role::viewer, {"host", "job", "state", "limit", "since_ms"},
                [&sources](const Request& r) { return list_all_runs(sources, r); });
    desk.answer("runs.show", Role::viewer, {"id"}, [&sources](const Request& r) { return show_run(sources, r); });
    desk.answer("backups.list", Role::viewer, {"host"},
                [&sources](const Request& r) { return list_backups(sources, r); });
}

}  // namespace vigie::controller
