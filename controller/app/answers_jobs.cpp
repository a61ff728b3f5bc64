// jobs: what runs when, and running it now.
#include "controller/app/answers.hpp"
#include "controller/app/short_ids.hpp"
#include "shared/core/nearest.hpp"

namespace vigie::controller {
namespace {

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

bool has_job(const Host& host, const std::string& job) {
    return std::find(host.jobs.begin(), host.jobs.end(), job) != host.jobs.end();
}

// ", did you mean 'x'?" for a job that some of the hosts have; "" when none is near.
std::string nearest_job(const std::string& job, const std::vector<const Host*>& hosts) {
    Words known;
    for (const auto* host : hosts) {
        known.insert(host->jobs.begin(), host->jobs.end());
    }
    const auto near = nearest(job, known);
    return near.empty() ? "" : fmt::format(", did you mean '{}'?", near);
}

// The hosts that an operator means. One of host, labels and all must be given: a forgotten selection must not run a
// job on the whole fleet.
Result<std::vector<const Host*>> chosen_hosts(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto name, request.text("host"));
    VIGIE_TRY(const auto labels, request.texts("labels"));
    VIGIE_TRY(const bool is_all, request.flag("all"));
    if ((name.empty() ? 0 : 1) + (labels.empty() ? 0 : 1) + (is_all ? 1 : 0) != 1) {
        return fail(ErrorCode::malformed, "jobs run: say where: one of --host HOST, -l name=value and --all");
    }
    std::vector<const Host*> chosen;
    for (const auto* host : s.watch.fleet().hosts()) {
        if (host->state != HostState::left && !host->is_key_revoked && (name.empty() || host->id.value == name) &&
            has_labels(host->labels, labels)) {
            chosen.push_back(host);
        }
    }
    if (const auto* host = chosen.empty() && !name.empty() ? s.watch.fleet().find(AgentId{name}) : nullptr;
        host != nullptr && host->is_key_revoked) {
        return fail(ErrorCode::conflict, "{}: its key is revoked: enrol it again first", name);
    }
    if (chosen.empty() && !name.empty()) {
        return fail(unknown_host(s.watch.fleet(), name));
    }
    if (chosen.empty() && !labels.empty()) {
        return fail(ErrorCode::not_found, "no host fits -l {}: vigie hosts list shows the hosts' labels",
                    labels_text(labels));
    }
    if (chosen.empty()) {
        return fail(ErrorCode::not_found, "no host is enrolled");
    }
    return chosen;
}

Result<ForcedRun> forced_run_of(const Sources& s, const Request& request) {
    ForcedRun wanted;
    VIGIE_TRY(wanted.job, request.required_text("job"));
    VIGIE_TRY(wanted.parameters, request.texts("parameters"));
    wanted.asked_by = request.caller.name;
    VIGIE_TRY(const auto chosen, chosen_hosts(s, request));
    VIGIE_TRY(const auto name, request.text("host"));
    for (const auto* host : chosen) {
        // A host that was never heard has not told of its jobs: named, it gets the run and answers itself.
        if (has_job(*host, wanted.job) || (!name.empty() && host->state == HostState::never_heard)) {
            wanted.hosts.push_back(host->id);
        }
    }
    if (!wanted.hosts.empty()) {
        return wanted;
    }
    VIGIE_TRY(const bool is_all, request.flag("all"));
    const auto who = !name.empty() ? name + " has no" : is_all ? "no host has a" : "no host that -l fits has a";
    return fail(ErrorCode::not_found, "{} job '{}'{}: vigie hosts list -o wide shows their jobs", who, wanted.job,
                nearest_job(wanted.job, chosen));
}

// What an operator must know who started a run: "" when it goes out at once.
std::string note_for(const Sources& s, const AgentId& agent) {
    const auto* host = s.watch.fleet().find(agent);
    if (host == nullptr || host->is_connected) {
        return "";
    }
    return fmt::format("the host is {}: the run waits until it connects; vigie runs cancel gives it up",
                       host->state == HostState::up ? "not connected" : name_of(host->state));
}

// After the commit, when the new runs stand among the others. An id that cannot be shortened stays long.
Result<Json> with_short_ids(const StateStore& store, Result<Json> answer) {
    if (!answer) {
        return answer;
    }
    for (auto& run : (*answer)["runs"]) {
        const auto id = run["id"].get<std::string>();
        run["short_id"] = short_id_in(store, Family::runs, "", id).value_or(id);
    }
    return answer;
}

void run_job(const Sources& s, const Request& request, const Desk::Respond& respond) {
    const auto wanted = forced_run_of(s, request);
    if (!wanted) {
        return respond(fail(wanted.error()));
    }
    std::vector<std::string> notes;
    for (const auto& host : wanted->hosts) {
        notes.push_back(note_for(s, host));
    }
    submit_change(
        s, request,
        [&records = s.records, wanted = *wanted, notes](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto ids, records.jobs().run_now(wanted, records.now(), batch));
            Json runs = Json::array();
            for (size_t i = 0; i < ids.size(); ++i) {
                runs.push_back({{"id", ids[i].value}, {"host", wanted.hosts[i].value}, {"note", notes[i]}});
            }
            return Json{{"runs", std::move(runs)}};
        },
        [&store = s.store, respond](Result<Json> answer) { respond(with_short_ids(store, std::move(answer))); });
}

}  // namespace

void add_job_answers(Desk& desk, const Sources& sources) {
    desk.answer("jobs.list", Role::viewer, {}, [&sources](const Request&) { return list_jobs(sources); });
    desk.change("jobs.run", Role::operator_, {"job", "host", "labels", "all", "parameters"},
                [&sources](const Request& r, const Desk::Respond& respond) { run_job(sources, r, respond); });
}

}  // namespace vigie::controller
