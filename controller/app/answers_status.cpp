// status and doctor: is everything well, and if not, what to do.
#include "controller/app/answers_series.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/jobs/run_history.hpp"
#include "controller/routing/silence.hpp"

namespace vigie::controller {
namespace {

Json count_hosts(const Fleet& fleet) {
    Json counts{{"up", 0}, {"silent", 0}, {"never_heard", 0}, {"revoked", 0}};
    for (const auto* host : fleet.hosts()) {
        if (host->state != HostState::left) {
            const std::string state(shown_state(*host));
            counts[state] = counts.value(state, 0) + 1;
        }
    }
    return counts;
}

Result<Json> count_alerts(const StateStore& store) {
    Json counts{{"firing", 0}, {"pending", 0}, {"no_data", 0}};
    VIGIE_TRY(const auto list, alerts::list_alerts(store));
    for (const auto& alert : list) {
        const std::string phase(alerts::name_of(alert.state.phase));
        if (counts.contains(phase)) {
            counts[phase] = counts[phase].get<int>() + 1;
        }
    }
    return counts;
}

constexpr size_t runs_counted_max = 10'000;

Result<std::vector<JobRun>> runs_of_a_day(const StateStore& store, WallTime now) {
    RunFilter filter;
    filter.since = now - 24h;
    filter.limit = runs_counted_max;
    return list_runs(store, filter);
}

bool is_bad(RunPhase phase) {
    return phase == RunPhase::failed || phase == RunPhase::timed_out || phase == RunPhase::lost;
}

Result<Json> count_runs(const Sources& s) {
    VIGIE_TRY(const auto runs, runs_of_a_day(s.store, s.clock.wall()));
    Json counts{{"succeeded", 0}, {"failed", 0}, {"under_way", 0}, {"other", 0}};
    for (const auto& run : runs) {
        const auto* name = run.phase == RunPhase::succeeded ? "succeeded"
                           : is_bad(run.phase)              ? "failed"
                           : !is_over(run.phase)            ? "under_way"
                                                            : "other";
        counts[name] = counts[name].get<int>() + 1;
    }
    return counts;
}

Result<Json> count_notifications(const Sources& s) {
    const auto counts = s.notifier_status().counts;
    // From the store: what was given up before a restart is no less undelivered.
    VIGIE_TRY(const auto failed, notify::list_failed(s.store));
    return Json{
        {"queued", counts.waiting + counts.in_flight}, {"delivered", counts.delivered}, {"failed", failed.size()}};
}

Result<Json> status(const Sources& s) {
    VIGIE_TRY(const auto alerts, count_alerts(s.store));
    VIGIE_TRY(const auto runs, count_runs(s));
    VIGIE_TRY(const auto notifications, count_notifications(s));
    const auto& ingest = s.records.ingest().counts();
    return Json{{"version", VIGIE_VERSION},
                {"started_at", to_rfc3339(s.started_at)},
                {"endpoint", s.endpoint},
                {"enrol_endpoint", s.enrol_endpoint},
                {"operators_endpoint", s.operators_endpoint},
                {"http_endpoint", s.http_endpoint},
                {"public_key", s.public_key},
                {"hosts", count_hosts(s.watch.fleet())},
                {"series", ingest.series.load()},
                {"alerts", alerts},
                {"runs", runs},
                {"notifications", notifications},
                {"entries_applied", ingest.applied.load()},
                {"entries_missing", ingest.missing.load()},
                {"entries_unreadable", ingest.unreadable.load()},
                {"samples_stored", ingest.samples.load()},
                {"connections_refused", s.handshakes().refused},
                {"operators_cut", s.operators_cut()},
                {"store_full", s.is_store_full()}};
}

Json finding(std::string check, bool is_good, std::string detail, std::string advice) {
    return {{"check", std::move(check)},
            {"state", is_good ? "ok" : "warning"},
            {"detail", std::move(detail)},
            {"advice", is_good ? "" : std::move(advice)}};
}

// What doctor looks into away from the loop, and what of it is the loop's own.
struct Checked {
    const StateStore& store;
    const oncall::OnCall& oncall;
    WallTime now;
    notify::NotifierStatus notifier;
    notify::NoticeTroubles notices;
    Json of_loop;  // findings
};

Json check_store(const Sources& s) {
    if (const auto problem = s.state_folder_problem(); !problem.empty()) {
        return finding("store", false, problem,
                       "stop the controller, put its state folder back (or restore a backup of it), start it again");
    }
    if (s.is_store_full()) {
        return finding("store", false, "the disk is full: agents keep what they have", "free space on its file system");
    }
    const auto& notes = s.recovery_notes;
    return finding(
        "store", notes.empty(), notes.empty() ? "takes changes" : notes.front(),
        "what agents told is asked of them again; of operators the last changes may be gone: look at vigie audit "
        "list, and repeat revocations that are missing");
}

Json check_hosts(const Sources& s) {
    std::string silent;
    std::string skewed;
    for (const auto* host : s.watch.fleet().hosts()) {
        if (host->state == HostState::left) {
            continue;
        }
        silent += host->state == HostState::silent ? " " + host->id.value : "";
        skewed += host->is_clock_off ? " " + host->id.value : "";
    }
    Json findings = Json::array();
    findings.push_back(finding("hosts", silent.empty(), silent.empty() ? "none is silent" : "silent:" + silent,
                               "see whether the host, its network and vigie-agent are up"));
    findings.push_back(finding("clocks", skewed.empty(),
                               skewed.empty() ? "all within a minute" : "more than a minute off:" + skewed,
                               "start a time service such as chrony there"));
    return findings;
}

// A refused agent tries again every few minutes, so an hour tells whether it is still there.
constexpr milliseconds refusal_told_for = 1h;

Json check_keys(const Sources& s) {
    const auto counts = s.handshakes();
    if (!counts.last_refused_at || s.clock.mono() - *counts.last_refused_at > refusal_told_for) {
        return finding("keys", true, "no unknown key was refused in an hour", "");
    }
    const bool is_empty = s.watch.enrolled_hosts().empty();
    return finding("keys", false,
                   fmt::format("{} with unknown keys since the start{}", counted(counts.refused, "refused connection"),
                               is_empty ? ", and no host is enrolled" : ""),
                   is_empty ? "is state_dir the right folder? restore the store, or enrol the hosts again"
                            : "the log names keys and addresses: enrol these hosts again, or stop their agents");
}

// A page that nobody got must still be seen after a long weekend.
constexpr milliseconds given_up_told_for = std::chrono::hours{7 * 24};

// Oldest first. What the notifier gave up stands in the store, so a restart forgets none of it.
Result<std::vector<notify::FailedDelivery>> newly_given_up(const Checked& s) {
    VIGIE_TRY(auto failed, notify::list_failed(s.store));
    std::erase_if(failed, [since = s.now - given_up_told_for](const auto& one) { return one.at < since; });
    return failed;
}

std::string describe_given_up(const std::vector<notify::FailedDelivery>& given_up) {
    const auto& last = given_up.back();
    const auto name = last.notification.labels.find("alertname");
    return fmt::format("{} given up in a week, the last at {}: {} to {}: {}", counted(given_up.size(), "page"),
                       to_rfc3339(last.at),
                       name != last.notification.labels.end() ? name->second : last.notification.alert_id,
                       last.notification.receiver, last.reason);
}

// Of tickets: who takes nothing now, and what somebody never got. A store keeps no record of these: since the start.
std::vector<std::string> describe_notices(const notify::NoticeTroubles& troubles, WallTime now) {
    std::vector<std::string> all;
    for (const auto& one : troubles.failing) {
        all.push_back(fmt::format("{}: {} ({} of tickets)", one.name, one.problem, one.waiting));
    }
    if (troubles.lost > 0 && now - troubles.last_lost_at < given_up_told_for) {
        const auto& last = troubles.last_lost;
        all.push_back(fmt::format("{} of tickets given up since the start, the last at {}: {} to {}: {}",
                                  counted(troubles.lost, "message"), to_rfc3339(troubles.last_lost_at), last.about,
                                  last.target, last.reason));
    }
    return all;
}

Json check_notifications(const Checked& s) {
    const auto& status = s.notifier;
    if (status.targets.empty()) {
        return finding("notifications", false, "nobody is told of alerts", "add `webhooks` or an `alertmanager_file`");
    }
    std::vector<std::string> failing;
    for (const auto& target : status.targets) {
        if (target.failures > 0 || !target.last_problem.empty()) {  // refusals are no failures, and tell nobody either
            failing.push_back(fmt::format("{} at {}: {}", target.name, target.address, target.last_problem));
        }
    }
    if (const auto& heartbeat = status.heartbeat; heartbeat && !heartbeat->last_problem.empty()) {
        failing.push_back(fmt::format("{} at {}: {}", heartbeat->name, heartbeat->address, heartbeat->last_problem));
    }
    for (const auto& one : describe_notices(s.notices, s.now)) {
        failing.push_back(one);
    }
    const auto given_up = newly_given_up(s);
    if (!given_up) {
        return finding("notifications", false, given_up.error().message, "see the controller's log");
    }
    if (!given_up->empty()) {
        failing.insert(failing.begin(), describe_given_up(*given_up));
        return finding("notifications", false, fmt::format("{}", fmt::join(failing, "; ")),
                       "nobody was told: see vigie alerts list, and check the webhook's URL");
    }
    if (!failing.empty()) {
        return finding(
            "notifications", false, fmt::format("{}", fmt::join(failing, "; ")),
            "see whether the channel is up, and whether it takes the URL and its secrets; pages are kept and "
            "sent when it does");
    }
    return finding("notifications", true, fmt::format("{} delivered", status.counts.delivered), "");
}

// Long enough to be seen by whoever looks once a day.
constexpr milliseconds template_failure_told_for = 24h;

Json check_templates(const Checked& s) {
    std::vector<std::string> told;
    for (const auto& one : {s.notifier.last_template_failure, s.notices.template_failure}) {
        if (one.at && s.now - *one.at < template_failure_told_for) {
            told.push_back(fmt::format("{} at {}", one.what, to_rfc3339(*one.at)));
        }
    }
    const auto alerts = alerts::list_alerts(s.store);
    for (const auto& alert : alerts.value_or(std::vector<alerts::AlertRecord>())) {
        if (alert.state.is_open && !alert.template_failures.empty()) {
            told.push_back(fmt::format("alert {}: {}", alert.name, alert.template_failures.front()));
            break;  // one of its rule is as good as all
        }
    }
    return finding(
        "templates", told.empty(), told.empty() ? "none failed in a day" : fmt::format("{}", fmt::join(told, "; ")),
        "a default text was sent instead: mend the template; vigie-controller config check tells most faults");
}

// Of the rotas that an escalation asks; nothing when there is none.
std::optional<Json> check_rotas(const Checked& s) {
    const auto& oncall = s.oncall;
    std::set<std::string> asked;
    for (const auto& policy : oncall.policies) {
        for (const auto& step : policy.steps) {
            for (const auto& callee : step.callees) {
                if (callee.kind == oncall::Callee::Kind::rota) {
                    asked.insert(callee.name);
                }
            }
        }
    }
    if (asked.empty()) {
        return std::nullopt;
    }
    auto stored = oncall::list_overrides(s.store);
    if (!stored) {
        return finding("rotas", false, stored.error().message, "see the controller's log");
    }
    const auto overrides = oncall.known(std::move(*stored));
    std::vector<std::string> empty;
    for (const auto& name : asked) {
        const auto* rota = oncall.find_rota(name);
        if (rota != nullptr && !oncall::who(*rota, overrides, s.now)) {
            empty.push_back(name);
        }
    }
    return finding("rotas", empty.empty(),
                   empty.empty() ? "somebody is on call in each that escalations ask"
                                 : fmt::format("nobody is on call now in {}", fmt::join(empty, ", ")),
                   "vigie oncall who tells until when; vigie oncall override add puts somebody in");
}

Json check_rows(const Checked& s) {
    std::vector<DamagedRow> damaged;
    const auto note = [&damaged](const auto& read) {
        if (!read) {
            damaged.push_back({"", read.error().message});
        }
    };
    note(routing::list_silences(s.store, &damaged));
    note(oncall::list_overrides(s.store, &damaged));
    note(oncall::list_episodes(s.store, &damaged));
    note(list_run_spans(s.store, WallTime{}, &damaged));
    const auto unreadable = s.notifier.unreadable_rows;
    if (unreadable > 0) {
        damaged.push_back({"", counted(unreadable, "unreadable row") + " of what is to be told"});
    }
    constexpr size_t told_max = 3;
    std::string told;
    for (size_t i = 0; i < std::min(damaged.size(), told_max); ++i) {
        told += (told.empty() ? "" : "; ") + damaged[i].problem;
    }
    if (damaged.size() > told_max) {
        told += fmt::format("; and {} more", damaged.size() - told_max);
    }
    return finding("rows", damaged.empty(), damaged.empty() ? "silences, overrides and escalations are whole" : told,
                   "they count for nothing, the others for what they say: erase them with vigie silences expire or "
                   "vigie oncall override remove, and make them anew; of an escalation: it is made anew or erased at "
                   "the controller's next start; of a run that is over: it goes by itself after five days");
}

Json check_runs(const Checked& s) {
    const auto runs = runs_of_a_day(s.store, s.now);
    if (!runs) {
        return finding("runs", false, runs.error().message, "see the controller's log");
    }
    const auto last = std::find_if(runs->begin(), runs->end(), [](const JobRun& run) { return is_bad(run.phase); });
    if (last == runs->end()) {
        return finding("runs", true, "none failed in a day", "");
    }
    const auto count = std::count_if(last, runs->end(), [](const JobRun& run) { return is_bad(run.phase); });
    return finding(
        "runs", false,
        fmt::format("{} failed in a day, the last: {} on {} ({})", count, last->job, last->agent.value,
                    name_of(last->phase)),
        "vigie runs show " + short_id_in(s.store, Family::runs, "", last->id.value).value_or(last->id.value));
}

// What was lost must still be seen after a long weekend and a restart.
constexpr milliseconds losses_told_for = std::chrono::hours{24 * 7};
constexpr size_t events_looked_at_max = 1'000;

Json check_gaps(const Checked& s) {
    const auto now = s.now;
    // Of errors alone: each start of an agent is an event too, and a new release makes one of each host.
    auto losses =
        newest_events(s.store, now - losses_told_for, now + 1h, events_looked_at_max, nullptr, Severity::error);
    if (!losses) {
        return finding("gaps", false, losses.error().message, "see the controller's log");
    }
    std::erase_if(*losses, [](const Event& event) { return event.kind != "gap" && event.kind != "outbox"; });
    if (losses->empty()) {
        return finding("gaps", true, "nothing was lost in a week", "");
    }
    return finding("gaps", false,
                   fmt::format("{} in a week, the last: {}", counted(losses->size(), "event"), losses->front().message),
                   "vigie hosts show tells a host's; a larger outbox_max there lasts longer");
}

Checked checked_by(const Sources& s) {
    Checked checked{s.store, s.records.oncall(), s.clock.wall(), s.notifier_status(), {}, Json::array()};
    if (s.notice_troubles) {
        checked.notices = s.notice_troubles();
    }
    checked.of_loop.push_back(check_store(s));
    for (auto& found : check_hosts(s)) {
        checked.of_loop.push_back(std::move(found));
    }
    checked.of_loop.push_back(check_keys(s));
    return checked;
}

Result<Json> doctor(const Checked& checked) {
    auto findings = checked.of_loop;
    findings.push_back(check_notifications(checked));
    findings.push_back(check_templates(checked));
    if (auto rotas = check_rotas(checked)) {
        findings.push_back(std::move(*rotas));
    }
    findings.push_back(check_rows(checked));
    findings.push_back(check_runs(checked));
    findings.push_back(check_gaps(checked));
    return findings;
}

}  // namespace

void add_status_answers(Desk& desk, const Sources& sources, QueryRunner& runner) {
    desk.answer("status", Role::viewer, {}, [&sources](const Request&) { return status(sources); });
    desk.answer_encoded(
        "doctor", Role::viewer, {}, [&sources, &runner](const Request&, const LineServer::Reply& reply) {
            answer_on_pool(
                runner, sources.clock, reply,
                [checked = checked_by(sources)](query::Budget&, const std::atomic<bool>&) { return doctor(checked); });
        });
}

}  // namespace vigie::controller
