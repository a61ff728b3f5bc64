// What falls due: new runs of plans, waiting runs that may go, leases that ran out.
#include "controller/jobs/job_board.hpp"
#include "controller/jobs/run_span.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {

Result<void> JobBoard::tick(const BoardTime& now, const std::vector<FleetHost>& hosts, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded(now));
    const auto changes = batch.changes().size();
    const auto messages = outgoing_.size();
    if (auto ticked = tick_plans(now, hosts, batch); !ticked) {
        batch.truncate(changes);
        outgoing_.resize(messages);
        must_reload_ = true;
        return ticked;
    }
    end_expired(now, batch);
    pump_all(now, batch);
    return {};
}

Result<void> JobBoard::tick_plans(const BoardTime& now, const std::vector<FleetHost>& hosts, StoreBatch& batch) {
    const auto step = clock_.step(now.mono, now.wall);
    if (step != 0ms) {
        log::warning("the controller's clock was put {} by {}; starts passed over are treated as missed",
                     step > 0ms ? "forward" : "back", format_duration(std::chrono::abs(step)));
    }
    for (const auto& plan : plans_) {
        for (const auto& host : hosts) {
            if (has_labels(host.labels, plan.selector)) {
                VIGIE_CHECK(tick_plan(plan, host.id, now, step > 0ms, batch));
            }
        }
    }
    return {};
}

void JobBoard::pump_all(const BoardTime& now, StoreBatch& batch) {
    std::set<AgentId> waiting;
    for (auto& [id, active] : active_) {
        if (!connected_.contains(active.run.agent)) {
            continue;
        }
        if (active.must_send_again && is_in_flight(active.run.phase)) {
            ask_or_give_up(active, false, now, batch);
        }
        if (active.run.phase == RunPhase::queued) {
            waiting.insert(active.run.agent);
        }
    }
    for (const auto& agent : waiting) {
        pump(agent, now, batch);
    }
}

JobBoard::Cursor& JobBoard::cursor_of(const JobPlan& plan, const AgentId& agent, const BoardTime& now,
                                      StoreBatch& batch) {
    auto [found, is_new] = cursors_.try_emplace({plan.name, agent});
    auto& cursor = found->second;
    const bool is_changed = cursor.row.schedule_text != plan.schedule.text;
    const bool is_ahead = cursor.row.considered > now.wall + clock_back_max;
    if (is_new || is_changed || is_ahead) {
        if (is_ahead && !is_new && !is_changed) {
            log::warning("schedule '{}' on {}: it was considered up to {}, which is far ahead: starting over from now",
                         plan.name, agent.value, to_rfc3339(cursor.row.considered));
        }
        cursor.row = {now.wall, plan.schedule.text};
        cursor.next = next_after(plan.schedule, now.wall);
        batch.put(Family::schedules, cursor_key(plan.name, agent), encode_cursor(cursor.row));
    } else if (cursor.next == WallTime::min()) {
        cursor.next = next_after(plan.schedule, cursor.row.considered);
    }
    return cursor;
}

Result<void> JobBoard::tick_plan(const JobPlan& plan, const AgentId& agent, const BoardTime& now, bool after_step,
                                 StoreBatch& batch) {
    auto& cursor = cursor_of(plan, agent, now, batch);
    if (now.wall < cursor.next) {
        return {};
    }
    const auto due = due_starts(plan.schedule, plan.misfire, cursor.row.considered, now.wall, after_step);
    for (const auto& missed : due.missed) {
        VIGIE_CHECK(make_missed(plan, agent, missed, now, batch));
    }
    for (const auto instant : due.run) {
        VIGIE_CHECK(make_run(plan, agent, instant, now, batch));
    }
    cursor.row.considered = due.considered;
    cursor.next = next_after(plan.schedule, due.considered);
    batch.put(Family::schedules, cursor_key(plan.name, agent), encode_cursor(cursor.row));
    if (!due.run.empty()) {
        thin_queue({agent, plan.job}, now, batch);
    }
    return {};
}

// False: this start of the job on the host has a run already, whatever the clock or a restart did since.
Result<bool> JobBoard::claim(const JobPlan& plan, const AgentId& agent, WallTime instant, const RunId& id,
                             StoreBatch& batch) {
    auto key = keys::scheduled_run(plan.job, agent, instant);
    if (claimed_.contains(key)) {
        return false;
    }
    VIGIE_TRY(const auto taken, store_.get(Family::runidx, key));
    if (taken) {
        return false;
    }
    claimed_.emplace(key, id);
    batch.put(Family::runidx, std::move(key), id.value);
    return true;
}

Result<void> JobBoard::make_run(const JobPlan& plan, const AgentId& agent, WallTime instant, const BoardTime& now,
                                StoreBatch& batch) {
    JobRun run;
    run.id = make_run_id(now.wall, random_);
    VIGIE_TRY(const bool is_mine, claim(plan, agent, instant, run.id, batch));
    if (!is_mine) {
        return {};
    }
    run.plan = plan.name;
    run.job = plan.job;
    run.agent = agent;
    run.scheduled_at = instant;
    run.created_at = now.wall;
    run.timeout = plan.timeout;
    run.misfire = plan.misfire;
    run.indeterminate = plan.indeterminate;
    run.parameters = plan.parameters;
    save(run, batch);
    admit(std::move(run));
    return {};
}

Result<void> JobBoard::make_missed(const JobPlan& plan, const AgentId& agent, const MissedStarts& missed,
                                   const BoardTime& now, StoreBatch& batch) {
    JobRun run;
    run.id = make_run_id(now.wall, random_);
    VIGIE_TRY(const bool is_mine, claim(plan, agent, missed.instant, run.id, batch));
    if (!is_mine) {
        return {};
    }
    run.plan = plan.name;
    run.job = plan.job;
    run.agent = agent;
    run.phase = RunPhase::missed;
    run.scheduled_at = missed.instant;
    run.created_at = now.wall;
    run.ended_at_unix_ms = unix_ms(now.wall);
    run.starts_missed = static_cast<uint32_t>(missed.count);
    run.message = missed.count == 1
                      ? "its time passed while the controller was away or its clock was put forward"
                      : fmt::format(
                            "{}{} starts up to this one passed while the controller was away or its clock was put "
                            "forward",
                            missed.is_lower_bound ? "over " : "", missed.count);
    save(run, batch);
    return {};
}

std::vector<JobBoard::Active*> JobBoard::runs_of(const JobOnHost& place) {
    std::vector<Active*> runs;
    if (const auto found = by_place_.find(place); found != by_place_.end()) {
        for (const auto& id : found->second) {
            runs.push_back(&active_.at(id));
        }
    }
    std::sort(runs.begin(), runs.end(), [](const Active* a, const Active* b) {
        return std::pair(a->run.scheduled_at, a->run.id) < std::pair(b->run.scheduled_at, b->run.id);
    });
    return runs;
}

// Runs never overlap, so planned ones that wait behind another are treated as their policy treats missed starts.
void JobBoard::thin_queue(const JobOnHost& place, const BoardTime& now, StoreBatch& batch) {
    const auto runs = runs_of(place);
    std::vector<Active*> waiting;
    for (auto* active : runs) {
        if (active->run.phase == RunPhase::queued && !active->run.is_forced()) {
            waiting.push_back(active);
        }
    }
    if (waiting.empty()) {
        return;
    }
    const bool is_busy = runs.size() > waiting.size();
    switch (waiting.back()->run.misfire) {
        case MisfirePolicy::skip:
            // The first in line stays while nothing is in its way; later ones are too late already.
            for (size_t i = is_busy ? 0 : 1; i < waiting.size(); ++i) {
                finish(*waiting[i], RunPhase::missed, "the run before was not over yet", now, batch);
            }
            return;
        case MisfirePolicy::latest:
            for (size_t i = 0; i + 1 < waiting.size(); ++i) {
                finish(*waiting[i], RunPhase::missed, "a later start came before it could be sent", now, batch);
            }
            return;
        case MisfirePolicy::all:
            for (size_t i = 0; i + catch_up_runs_max < waiting.size(); ++i) {
                finish(*waiting[i], RunPhase::missed, "too many starts were waiting", now, batch);
            }
            return;
    }
}

// Sends the first waiting run of each job that is not under way on the host.
void JobBoard::pump(const AgentId& agent, const BoardTime& now, StoreBatch& batch) {
    if (!connected_.contains(agent)) {
        return;
    }
    for (auto place = by_place_.lower_bound({agent, ""}); place != by_place_.end() && place->first.first == agent;) {
        const auto runs = runs_of(place->first);
        const bool is_busy =
            std::any_of(runs.begin(), runs.end(), [](const Active* a) { return is_in_flight(a->run.phase); });
        if (!runs.empty() && !is_busy) {
            dispatch(*runs.front(), now, batch);
        }
        place = runs.empty() ? by_place_.erase(place) : std::next(place);
    }
}

// Begins an attempt, or sends it again to ask how it stands. Only a new attempt has a higher fence: a host whose agent
// was killed during the run takes a higher one for the word to run it once more, and its own word that nobody knows how
// the run ended may still be on its way.
void JobBoard::dispatch(Active& active, const BoardTime& now, StoreBatch& batch) {
    auto& run = active.run;
    if (run.phase == RunPhase::queued) {
        ++run.fence;
        run.phase = RunPhase::dispatched;
        run.dispatched_at = now.wall;
        active.was_asked = false;
        active.lease_until = now.mono + lease_of(run) + lease_margin;
    } else if (run.phase == RunPhase::dispatched) {
        run.dispatched_at = now.wall;  // as far as is known the host never had it, and begins only now
    }
    save(run, batch);
    outgoing_.push_back({run.agent, Start{start_message(run), connected_.at(run.agent)}});
}

void JobBoard::finish(Active& active, RunPhase phase, std::string message, const BoardTime& now, StoreBatch& batch) {
    auto& run = active.run;
    const bool had_begun = has_begun(run);
    run.phase = phase;
    run.message = std::move(message);
    if (run.ended_at_unix_ms == 0) {
        run.ended_at_unix_ms = unix_ms(now.wall);
    }
    if (phase == RunPhase::missed) {
        run.starts_missed = 1;
    }
    save(run, batch);
    note_span(run, had_begun, now, batch);
    by_place_[{run.agent, run.job}].erase(run.id.value);
}

void JobBoard::end_expired(const BoardTime& now, StoreBatch& batch) {
    for (auto& [id, active] : active_) {
        auto& run = active.run;
        if (run.phase == RunPhase::queued && run.misfire == MisfirePolicy::skip && !run.is_forced() &&
            now.wall - run.scheduled_at > on_time_grace) {
            finish(active, RunPhase::missed, "the host could not be reached in time", now, batch);
            continue;
        }
        if (!is_in_flight(run.phase) || now.mono < active.lease_until) {
            continue;
        }
        if (connected_.contains(run.agent) && !active.was_asked) {
            active.was_asked = true;
            active.lease_until = now.mono + lease_margin;
            dispatch(active, now, batch);
            continue;
        }
        finish(active, RunPhase::lost, "the host said nothing for longer than the run may take", now, batch);
    }
}

}  // namespace vigie::controller
