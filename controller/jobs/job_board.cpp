// The board's state: loading, committing, and what operators and hosts say. What falls due: job_board_due.cpp.
#include "controller/jobs/job_board.hpp"

#include "controller/jobs/run_span.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
using protocol::RunReport;
using protocol::RunState;

RunPhase phase_of(RunState state) {
    switch (state) {
        case RunState::starting:
            return RunPhase::starting;
        case RunState::running:
            return RunPhase::running;
        case RunState::succeeded:
            return RunPhase::succeeded;
        case RunState::failed:
            return RunPhase::failed;
        case RunState::timed_out:
            return RunPhase::timed_out;
        case RunState::cancelled:
            return RunPhase::cancelled;
        case RunState::indeterminate:
            return RunPhase::indeterminate;
        case RunState::refused:
            return RunPhase::refused;
        case RunState::partial:
            return RunPhase::partial;
    }
    return RunPhase::indeterminate;
}

void copy_outcome(const RunReport& report, JobRun& run) {
    run.exit_code = report.exit_code;
    run.started_at_unix_ms = host_time_ms(report.started_at_unix_ms);
    run.ended_at_unix_ms = host_time_ms(report.ended_at_unix_ms);
    run.message = report.message;
    run.output_tail = report.output_tail;
    run.report_json = report.report_json;
}
}  // namespace

Result<std::unique_ptr<JobBoard>> JobBoard::open(const StateStore& store, Random& random, std::vector<JobPlan> plans,
                                                 const BoardTime& now) {
    std::unique_ptr<JobBoard> board(new JobBoard(store, random));
    board->set_plans(std::move(plans));
    VIGIE_CHECK(board->load(now));
    return board;
}

Result<void> JobBoard::load(const BoardTime& now) {
    active_.clear();
    by_place_.clear();
    cursors_.clear();
    claimed_.clear();
    outgoing_.clear();
    VIGIE_CHECK(load_runs(now));
    VIGIE_CHECK(load_cursors());
    is_loaded_ = true;
    return {};
}

Result<void> JobBoard::ensure_loaded(const BoardTime& now) {
    if (is_loaded_) {
        return {};
    }
    VIGIE_CHECK(load(now));
    // Messages that waited for the commit are gone with it.
    for (auto& [id, active] : active_) {
        active.must_send_again = is_in_flight(active.run.phase);
    }
    return {};
}

// Family::jobs holds the id of each run that is not over, so that history is not read at a start.
Result<void> JobBoard::load_runs(const BoardTime& now) {
    std::vector<std::string> ids;
    VIGIE_CHECK(store_.scan(Family::jobs, "", "", [&ids](std::string_view id, std::string_view) {
        ids.emplace_back(id);
        return true;
    }));
    for (const auto& id : ids) {
        VIGIE_TRY(const auto row, store_.get(Family::runs, keys::run(RunId{id})));
        if (!row) {
            return fail(ErrorCode::corrupt, "run {} is under way but has no record", id);
        }
        VIGIE_TRY(auto run, decode_run(id, *row));
        by_place_[{run.agent, run.job}].insert(id);
        // A whole lease again: hosts must have the time to come back and tell before their runs are given up.
        const auto lease = lease_of(run);
        active_.emplace(id, Active{std::move(run), now.mono + lease + lease_margin});
    }
    return {};
}

Result<void> JobBoard::load_cursors() {
    Result<void> outcome;
    VIGIE_CHECK(store_.scan(Family::schedules, "", "", [&](std::string_view key, std::string_view value) {
        auto owner = read_cursor_key(key);
        auto row = decode_cursor(value);
        if (!owner || !row) {
            outcome = fail(!owner ? owner.error() : row.error());
            return false;
        }
        // `next` is computed at the first tick, by the plan as it is now.
        cursors_.insert_or_assign({owner->plan, owner->agent}, Cursor{std::move(*row), WallTime::min()});
        return true;
    }));
    return outcome;
}

void JobBoard::committed(JobSender& sender) {
    for (auto& message : std::exchange(outgoing_, {})) {
        if (const auto* start = std::get_if<Start>(&message.content)) {
            sender.start(message.agent, start->message, start->results_incarnation);
        } else {
            sender.cancel(message.agent, std::get<protocol::JobCancel>(message.content));
        }
    }
    if (!is_loaded_) {
        return;  // memory is of a group that failed
    }
    claimed_.clear();
    std::erase_if(active_, [](const auto& entry) { return is_over(entry.second.run.phase); });
    std::erase_if(forgotten_, [this](const std::string& id) {
        const auto run = active_.find(id);
        return run == active_.end() || !run->second.must_send_again;
    });
    if (std::exchange(must_reload_, false)) {
        is_loaded_ = false;
    }
}

void JobBoard::rolled_back() {
    outgoing_.clear();
    must_reload_ = false;
    is_loaded_ = false;
}

void JobBoard::save(const JobRun& run, StoreBatch& batch) {
    batch.put(Family::runs, keys::run(run.id), encode_run(run));
    if (is_over(run.phase)) {
        batch.erase(Family::jobs, run.id.value);
    } else {
        batch.put(Family::jobs, run.id.value, has_begun(run) ? "" : std::string(not_begun_mark));
    }
}

bool JobBoard::may_hold(const JobRun& run) const {
    return std::any_of(plans_.begin(), plans_.end(), [&run](const JobPlan& plan) {
        return plan.has_holds && (run.is_forced() ? plan.job == run.job : plan.name == run.plan);
    });
}

// `had_begun`: before the change of the run.
void JobBoard::note_span(const JobRun& run, bool had_begun, const BoardTime& now, StoreBatch& batch) {
    if ((!had_begun && !has_begun(run)) || !may_hold(run)) {
        return;
    }
    if (is_over(run.phase)) {
        put_span_end(run, now.wall, batch);
    }
    are_spans_changed_ = true;
}

void JobBoard::admit(JobRun run) {
    const auto id = run.id.value;
    by_place_[{run.agent, run.job}].insert(id);
    active_[id].run = std::move(run);
}

Result<std::vector<RunId>> JobBoard::run_now(const ForcedRun& wanted, const BoardTime& now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded(now));
    for (const auto& host : wanted.hosts) {
        for (const auto* other : runs_of({host, wanted.job})) {
            if (other->run.is_forced()) {
                return fail(ErrorCode::conflict, "job '{}' on {}: run {} was asked for already and is {}", wanted.job,
                            host.value, other->run.id.value, name_of(other->run.phase));
            }
        }
    }
    std::vector<RunId> ids;
    for (const auto& host : wanted.hosts) {
        JobRun run;
        run.id = make_run_id(now.wall, random_);
        run.job = wanted.job;
        run.agent = host;
        run.scheduled_at = run.created_at = now.wall;
        run.timeout = wanted.timeout;
        run.parameters = wanted.parameters;
        run.message = fmt::format("asked for by {}", wanted.asked_by);
        save(run, batch);
        ids.push_back(run.id);
        admit(std::move(run));
        pump(host, now, batch);
    }
    return ids;
}

Result<void> JobBoard::cancel(const RunId& id, std::string_view why, const BoardTime& now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded(now));
    const auto found = active_.find(id.value);
    if (found == active_.end() || is_over(found->second.run.phase)) {
        VIGIE_TRY(const auto row, store_.get(Family::runs, keys::run(id)));
        return row ? fail(ErrorCode::conflict, "run {} is over already", id.value)
                   : fail(ErrorCode::not_found, "there is no run {}", id.value);
    }
    auto& run = found->second.run;
    if (run.phase == RunPhase::queued) {
        const auto agent = run.agent;
        finish(found->second, RunPhase::cancelled, std::string(why), now, batch);
        pump(agent, now, batch);
        return {};
    }
    run.is_cancel_wanted = true;
    run.message = std::string(why);
    save(run, batch);
    outgoing_.push_back({run.agent, protocol::JobCancel{id.value, run.fence, std::string(why)}});
    return {};
}

Result<void> JobBoard::on_connected(const AgentId& agent, const HostOutbox& outbox, const BoardTime& now,
                                    StoreBatch& batch) {
    connected_[agent] = outbox.results_incarnation;
    VIGIE_CHECK(ensure_loaded(now));
    for (auto& [id, active] : active_) {
        if (active.run.agent == agent && is_in_flight(active.run.phase)) {
            ask_or_give_up(active, outbox.has_forgotten, now, batch);
        }
    }
    pump(agent, now, batch);
    return {};
}

void JobBoard::ask_or_give_up(Active& active, bool has_forgotten, const BoardTime& now, StoreBatch& batch) {
    if (!has_forgotten && !forgotten_.contains(active.run.id.value)) {
        return send_again(active, now, batch);
    }
    forgotten_.insert(active.run.id.value);
    active.must_send_again = false;
    on_indeterminate(active, now, batch);
}

// Asks a host how a run stands: one that has it starts nothing twice.
void JobBoard::send_again(Active& active, const BoardTime& now, StoreBatch& batch) {
    active.must_send_again = false;
    if (active.run.is_cancel_wanted) {
        outgoing_.push_back(
            {active.run.agent, protocol::JobCancel{active.run.id.value, active.run.fence, active.run.message}});
    } else {
        dispatch(active, now, batch);
    }
}

Result<bool> JobBoard::on_run_report(const AgentId& agent, const RunReport& report, const BoardTime& now,
                                     StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded(now));
    const auto found = active_.find(report.run_id);
    if (found == active_.end()) {
        return apply_to_lost(agent, report, batch);
    }
    if (found->second.run.agent != agent) {
        log::warning("{}: a report of run {} was dropped: the run is {}'s", agent.value, report.run_id,
                     found->second.run.agent.value);
        return false;
    }
    apply(found->second, report, now, batch);
    pump(agent, now, batch);
    return true;
}

void JobBoard::apply(Active& active, const RunReport& report, const BoardTime& now, StoreBatch& batch) {
    auto& run = active.run;
    const auto phase = phase_of(report.state);
    if (run.phase == RunPhase::lost && is_over(phase)) {
        copy_outcome(report, run);
        run.phase = phase;
        save(run, batch);
        return;
    }
    if (is_over(run.phase) || report.fence < run.fence_floor || phase <= run.phase) {
        return;
    }
    const bool had_begun = has_begun(run);
    run.fence = std::max(run.fence, report.fence);  // higher when this controller was restored from a backup
    if (phase == RunPhase::indeterminate) {
        copy_outcome(report, run);
        on_indeterminate(active, now, batch);
        return;
    }
    copy_outcome(report, run);
    run.phase = phase;
    save(run, batch);
    note_span(run, had_begun, now, batch);
    if (is_over(phase)) {
        by_place_[{run.agent, run.job}].erase(run.id.value);
    }
}

void JobBoard::on_indeterminate(Active& active, const BoardTime& now, StoreBatch& batch) {
    auto& run = active.run;
    if (run.is_cancel_wanted) {
        finish(active, RunPhase::cancelled, "the host's agent ended before the run was told to", now, batch);
    } else if (run.indeterminate == IndeterminatePolicy::rerun && run.attempts < reruns_max) {
        ++run.attempts;
        run.fence_floor = run.fence + 1;
        run.phase = RunPhase::queued;
        run.started_at_unix_ms = run.ended_at_unix_ms = 0;
        run.message =
            fmt::format("begun again ({} of {}): the host's agent ended during the run", run.attempts, reruns_max);
        save(run, batch);
    } else if (run.indeterminate == IndeterminatePolicy::ask) {
        finish(active, RunPhase::indeterminate,
               "the host's agent ended during the run: look at the host, then run the job again if need be", now,
               batch);
    } else {
        finish(active, RunPhase::failed, "the host's agent ended during the run: nobody knows whether it finished", now,
               batch);
    }
}

// The last word on a run that was given up is still taken: the record should tell what happened.
Result<bool> JobBoard::apply_to_lost(const AgentId& agent, const RunReport& report, StoreBatch& batch) {
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::runs, keys::run(RunId{report.run_id})));
    if (!row) {
        log::warning("{}: a report of run {} was dropped: there is no such run", agent.value, report.run_id);
        return false;
    }
    VIGIE_TRY(auto run, decode_run(report.run_id, *row));
    if (run.agent != agent) {
        log::warning("{}: a report of run {} was dropped: the run is {}'s", agent.value, report.run_id,
                     run.agent.value);
        return false;
    }
    const auto phase = phase_of(report.state);
    if (run.phase == RunPhase::lost && is_over(phase)) {
        copy_outcome(report, run);
        run.phase = phase;
        save(run, batch);
    }
    return true;
}

}  // namespace vigie::controller
