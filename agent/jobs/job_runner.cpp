// Runs of jobs: from START to the last report.
#include "agent/jobs/job_runner.hpp"

#include "protocol/codec/limits.hpp"
#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {
using protocol::JobStart;
using protocol::RunReport;
using protocol::RunState;

// What vigie-worker and restic exit with when some of the input was left out.
constexpr int exit_partial = 3;

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

bool is_object(std::string_view text) {
    return text.size() >= 2 && text.front() == '{' && text.back() == '}';
}
}  // namespace

std::string result_of_output(std::string_view output) {
    auto whole = trimmed(output);
    if (!is_object(whole)) {
        whole = trimmed(whole.substr(whole.rfind('\n') == whole.npos ? 0 : whole.rfind('\n') + 1));
    }
    return is_object(whole) && whole.size() <= protocol::report_bytes_max ? whole : std::string();
}

std::string shown_output(std::string_view out, std::string_view result, std::string_view err) {
    if (const auto at = out.rfind(result); !result.empty() && at != out.npos) {
        out = out.substr(0, at);
    }
    const auto tail = [](std::string_view text, size_t max) {
        return text.substr(text.size() - std::min(max, text.size()));
    };
    constexpr auto whole = protocol::run_output_bytes_max;
    const auto of_out = tail(out, whole - std::min(err.size(), whole / 2));
    auto shown = std::string(of_out) + (of_out.empty() || of_out.ends_with('\n') || err.empty() ? "" : "\n");
    return shown += tail(err, whole - shown.size());
}

JobRunner::JobRunner(Children& children, RunLedger& ledger, const Clock& clock, JobTable jobs, JobRunnerOptions options,
                     Callbacks callbacks)
    : children_(children),
      ledger_(ledger),
      clock_(clock),
      jobs_(std::move(jobs)),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)) {}

JobRunner::~JobRunner() = default;

Result<void> JobRunner::recover() {
    VIGIE_TRY(const auto unfinished, ledger_.unfinished());
    for (const auto& record : unfinished) {
        RunReport report;
        report.run_id = record.run_id;
        report.fence = record.fence;
        report.job = record.job;
        report.state = RunState::indeterminate;
        report.started_at_unix_ms = record.started_at_unix_ms;
        report.ended_at_unix_ms = unix_ms(clock_.wall());
        report.message = "the agent ended during the run: nobody knows whether it finished";
        log::warning("run {} of job '{}': {}", record.run_id, record.job, report.message);
        tell(std::move(report));
    }
    return {};
}

void JobRunner::start(const JobStart& start) {
    VIGIE_ASSERT(children_.on_thread());
    if (is_shutting_down_) {
        return;  // not recorded, so the next agent takes it
    }
    const auto outcome = ledger_.record_starting(start, clock_.wall());
    if (!outcome) {
        log::error("run {} of job '{}' was not started: {}", start.run_id, start.job, outcome.error().message);
        return;
    }
    switch (outcome->kind) {
        case StartKind::recorded:
            begin(start);
            return;
        case StartKind::cancelled_before:
            tell(report_of(start, RunState::cancelled, "cancelled before it began"));
            return;
        case StartKind::repeated:
            if (const auto known = runs_.find(start.run_id); known != runs_.end()) {
                known->second->start.fence = std::max(known->second->start.fence, start.fence);
            }
            return;
        case StartKind::superseded:
            return;
    }
}

void JobRunner::begin(const JobStart& start) {
    if (const auto allowed = jobs_.check(start.job, start.parameters); !allowed) {
        tell(report_of(start, RunState::refused, allowed.error().message));
        return;
    }
    if (is_busy_with(start.job)) {
        tell(report_of(start, RunState::refused, fmt::format("job '{}' is running already on this host", start.job)));
        return;
    }
    if (runs_.size() >= options_.children_max) {
        waiting_.push_back(start);
        return;
    }
    spawn(start, *jobs_.find(start.job));
}

bool JobRunner::is_busy_with(const std::string& job) const {
    return std::any_of(runs_.begin(), runs_.end(), [&](const auto& run) { return run.second->start.job == job; }) ||
           std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& start) { return start.job == job; });
}

ChildCommand JobRunner::command_of(const JobStart& start, const HostJob& job) {
    ChildCommand command;
    command.argv = {options_.worker, "--nice", std::to_string(job.nice), "--ionice", job.ionice,
                    "--progress-fd", "3",      "--die-with-parent"};
    command.argv.insert(command.argv.end(), job.worker_arguments.begin(), job.worker_arguments.end());
    command.environment = options_.environment;
    command.environment["VIGIE_JOB"] = start.job;
    command.environment["VIGIE_RUN_ID"] = start.run_id;
    for (const auto& [name, value] : start.parameters) {
        command.environment[environment_name(name)] = value;
    }
    command.stdout_max = Bytes{protocol::report_bytes_max + 4096};  // the result, and lines before it
    command.stderr_max = Bytes{protocol::run_output_bytes_max};
    command.on_progress = [this, id = start.run_id](std::string_view bytes) { on_progress_bytes(id, bytes); };
    return command;
}

void JobRunner::spawn(const JobStart& start, const HostJob& job) {
    auto run = std::make_unique<Run>();
    run->start = start;
    run->started_at_unix_ms = unix_ms(clock_.wall());
    auto child = children_.start(command_of(start, job),
                                 [this, id = start.run_id](ChildExit exit) { on_exit(id, std::move(exit)); });
    if (!child) {
        tell(report_of(start, RunState::failed, child.error().message));
        return;
    }
    run->child = std::move(*child);
    watch_timeout(*run, job);
    auto report = report_of(start, RunState::running, "");
    report.started_at_unix_ms = run->started_at_unix_ms;
    report.ended_at_unix_ms = 0;
    runs_.emplace(start.run_id, std::move(run));
    tell(std::move(report));
}

// Delays are monotonic, so a step of the wall clock neither ends a run early nor lets it go on.
void JobRunner::watch_timeout(Run& run, const HostJob& job) {
    const milliseconds lease{run.start.lease_ms};
    const auto limit = lease > 0ms ? std::min(lease, job.timeout) : job.timeout;
    run.timeout = children_.after(limit, [this, &run, limit] {
        end(run, Ending::timed_out, fmt::format("ended after {}, the longest it may take", format_duration(limit)));
    });
}

void JobRunner::end(Run& run, Ending why, std::string message) {
    if (run.ending == Ending::none) {
        run.ending = why;
        run.ending_why = std::move(message);
        run.child->end_group(options_.kill_grace);
    }
}

void JobRunner::on_progress_bytes(const std::string& run_id, std::string_view bytes) {
    const auto found = runs_.find(run_id);
    if (found == runs_.end() || found->second->is_progress_broken) {
        return;
    }
    auto frames = found->second->progress.take(bytes);
    if (!frames) {
        found->second->is_progress_broken = true;
        log::warning("run {}: {}", run_id, frames.error().message);
        return;
    }
    if (!frames->empty() && callbacks_.on_progress) {
        frames->back().run_id = run_id;
        callbacks_.on_progress(std::move(frames->back()));
    }
}

void JobRunner::on_exit(const std::string& run_id, ChildExit exit) {
    const auto found = runs_.find(run_id);
    VIGIE_ASSERT(found != runs_.end());
    const auto run = std::move(found->second);
    runs_.erase(found);
    auto report = report_of(run->start, RunState::failed, run->ending_why);
    switch (run->ending) {
        case Ending::timed_out:
            report.state = RunState::timed_out;
            break;
        case Ending::cancelled:
            report.state = RunState::cancelled;
            break;
        case Ending::shut_down:
            report.state = RunState::failed;
            break;
        case Ending::none:
            if (exit.signal != 0) {
                report.message = fmt::format("ended by signal {}", exit.signal);
            } else if (exit.exit_code == 0 || exit.exit_code == exit_partial) {
                report.state = exit.exit_code == 0 ? RunState::succeeded : RunState::partial;
            } else {
                report.message = fmt::format("exited with status {}", exit.exit_code);
            }
    }
    report.exit_code = exit.exit_code;
    report.started_at_unix_ms = run->started_at_unix_ms;
    report.report_json = result_of_output(exit.stdout_tail);
    report.output_tail = shown_output(exit.stdout_tail, report.report_json, exit.stderr_tail);
    tell(std::move(report));
    spawn_waiting();
    finish_shut_down();
}

void JobRunner::spawn_waiting() {
    while (!waiting_.empty() && runs_.size() < options_.children_max && !is_shutting_down_) {
        const auto start = std::move(waiting_.front());
        waiting_.pop_front();
        begin(start);  // checks again: the configuration may have changed meanwhile
    }
}

void JobRunner::cancel(const protocol::JobCancel& cancel) {
    VIGIE_ASSERT(children_.on_thread());
    const auto outcome = ledger_.record_cancel(cancel.run_id, cancel.fence, clock_.wall());
    if (!outcome) {
        log::error("run {} was not cancelled: {}", cancel.run_id, outcome.error().message);
        return;
    }
    const auto message = cancel.reason.empty() ? std::string("cancelled") : "cancelled: " + cancel.reason;
    JobStart start;
    start.run_id = cancel.run_id;
    start.fence = cancel.fence;
    start.job = outcome->record.job;
    if (outcome->kind == CancelKind::tombstone_left) {
        tell(report_of(start, RunState::cancelled, message));
    } else if (outcome->kind == CancelKind::stop_it) {
        if (const auto running = runs_.find(cancel.run_id); running != runs_.end()) {
            end(*running->second, Ending::cancelled, message);
        } else if (std::erase_if(waiting_, [&](const auto& other) { return other.run_id == cancel.run_id; }) != 0) {
            tell(report_of(start, RunState::cancelled, message));
        }
    }
}

void JobRunner::shut_down(Task done) {
    is_shutting_down_ = true;
    on_shut_down_ = std::move(done);
    for (const auto& start : std::exchange(waiting_, {})) {
        tell(report_of(start, RunState::failed, "the agent was stopped before it began"));
    }
    for (const auto& [id, run] : runs_) {
        end(*run, Ending::shut_down, "ended because the agent was stopped");
    }
    finish_shut_down();
}

void JobRunner::finish_shut_down() {
    if (is_shutting_down_ && runs_.empty() && on_shut_down_) {
        // Later, since this may be a child's own callback.
        children_.post(std::exchange(on_shut_down_, nullptr));
    }
}

RunReport JobRunner::report_of(const JobStart& start, RunState state, std::string message) const {
    RunReport report;
    report.run_id = start.run_id;
    report.fence = start.fence;
    report.job = start.job;
    report.state = state;
    report.ended_at_unix_ms = unix_ms(clock_.wall());
    report.message = std::move(message);
    return report;
}

void JobRunner::tell(RunReport report) {
    if (untold_.empty()) {
        const auto recorded = ledger_.record(report, clock_.wall());
        if (recorded || recorded.error().code == ErrorCode::conflict) {  // conflict: its end is told already
            if (recorded && callbacks_.on_report) {
                callbacks_.on_report();
            }
            return;
        }
        log::error("run {}: its report waits: {}", report.run_id, recorded.error().message);
        retry_ = children_.after(options_.report_retry, [this] { retry_reports(); });
    }
    untold_.push_back(std::move(report));  // in order: a start must not overtake an end
}

void JobRunner::retry_reports() {
    auto waiting = std::exchange(untold_, {});
    for (auto& report : waiting) {
        tell(std::move(report));
    }
}

}  // namespace vigie::agent
