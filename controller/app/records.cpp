// Rooms side by side; none of them calls another.
#include "controller/app/records.hpp"

#include <utility>

#include "controller/app/check_texts.hpp"
#include "controller/app/snapshots.hpp"
#include "controller/errors/book.hpp"
#include "controller/ingest/cursor_rows.hpp"
#include "controller/jobs/run_history.hpp"
#include "controller/jobs/run_span.hpp"
#include "controller/routing/silence.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
// Runs are few beside samples, and people ask "when did this last work?" long after.
constexpr auto run_retention = std::chrono::hours{24 * 400};

// The host itself may know nothing of it: who removes an outbox may remove all that told of it.
Event new_outbox_event(const AgentId& agent, WallTime now) {
    return Event{
        .recorded_at = now,
        .happened_at = now,
        .severity = Severity::error,
        .agent = agent,
        .kind = "outbox",
        .message = fmt::format("{}: came with a new outbox: what the old one held and had not been received is "
                               "lost, and so is its record of runs",
                               agent.value)};
}

Event new_errors_event(const AgentId& agent, const errors::Step& step, WallTime now) {
    const auto& group = step.group;
    return Event{.recorded_at = now,
                 .happened_at = group.last_seen,
                 .severity = group.severity,
                 .agent = agent,
                 .kind = step.noted == errors::Noted::fresh ? "error_new" : "error_reopened",
                 .message = fmt::format("{}: {}: {}{} (errors {})", agent.value, group.file, group.message,
                                        step.noted == errors::Noted::fresh ? "" : ", which was resolved, came again",
                                        group.fingerprint)};
}

void add_all(const rules::RuleSet& rules, std::set<const rules::Rule*>& into) {
    for (const auto& group : rules.groups()) {
        for (const auto& rule : group.rules) {
            into.insert(&rule);
        }
    }
}
}  // namespace

Records::Records(const StateStore& store, const Clock& clock, RecordsOptions options)
    : store_(store),
      clock_(clock),
      rules_(std::move(options.rules)),
      audit_retention_(options.audit),
      alerts_(store, alerts::BookOptions{.receivers = std::move(options.receivers),
                                         .templates = std::move(options.templates)}),
      oncall_(std::move(options.oncall)),
      escalations_(store, alerts_, oncall_, options.inhibit_rules == nullptr ? no_rules_ : *options.inhibit_rules,
                   *options.maintenance),
      blocks_(store, options.retention) {}

Result<std::unique_ptr<Records>> Records::open(const StateStore& store, const Clock& clock, Random& random,
                                               RecordsOptions options) {
    auto plans = std::move(options.plans);
    const IngestLimits limits{.raw_retention = options.retention.raw,
                              .schema_work_per_commit_max = options.schema_work_per_commit_max,
                              .recorded = options.recorded};
    std::unique_ptr<Records> records(new Records(store, clock, std::move(options)));
    VIGIE_TRY(records->ingest_,
              Ingest::open(store, *records, limits, [&rules = records->rules_](const rules::Labels& labels) {
                  auto readers = rules.readers_of(labels);
                  return SeriesInterest{.wants_labels = readers.is_judged_at_once,
                                        .readers = std::move(readers.groups)};
              }));
    records->alert_series_ = std::make_unique<AlertSeries>(records->alerts_, *records->ingest_);
    records->host_series_ = std::make_unique<HostSeries>(*records->ingest_);
    add_all(records->rules_, records->had_samples_);  // before the start they may have had
    VIGIE_TRY(records->jobs_, JobBoard::open(store, random, std::move(plans), records->now()));
    VIGIE_CHECK(records->alerts_.load());
    VIGIE_TRY(const auto capped, records->alerts_.hosts_with(alerts::series_capped));
    for (const auto& host : capped) {
        records->capped_.emplace(host, clock.wall());
    }
    VIGIE_CHECK(records->escalations_.ready(records->moment()));
    return records;
}

Result<void> Records::on_run_report(const AgentId& agent, const protocol::RunReport& report, StoreBatch& batch) {
    VIGIE_TRY(const bool is_theirs, jobs_->on_run_report(agent, report, now(), batch));
    // Of another host's run a report would put its snapshot in the place of the other's.
    if (const auto snapshot = snapshot_of(agent, report); is_theirs && snapshot) {
        put_snapshot(*snapshot, batch);
    }
    return {};
}

Result<void> Records::on_event(const Event& event, StoreBatch& batch) {
    log::write(event.severity == Severity::info ? log::Level::info : log::Level::warning,
               fmt::format("host={} {}: {}", event.agent.value, event.kind, event.message));
    return note_check_text(store_, event, batch);
}

Result<void> Records::on_log_errors(const AgentId& agent, const protocol::LogErrors& told, WallTime received_at,
                                    StoreBatch& batch) {
    VIGIE_TRY(const auto step, errors::note_errors(store_, agent, told, received_at, batch));
    if (step.noted == errors::Noted::no_room) {
        if (const auto left_out = left_out_errors_.admit(clock_.mono())) {
            log::warning("host={} new kinds of errors are left out, there are {} already{}", agent.value,
                         errors::groups_max, log::and_more(*left_out));
        }
        return {};
    }
    if (step.noted == errors::Noted::known) {
        return {};
    }
    return ingest_->record(new_errors_event(agent, step, received_at), batch);
}

Result<void> Records::on_session(const AgentId& agent, std::optional<uint64_t> results_incarnation, StoreBatch& batch) {
    unstored_sessions_[agent] = results_incarnation;
    VIGIE_TRY(const auto cursors, durable_cursors(store_, agent));
    bool has_results = false;
    bool is_known = false;
    for (const auto& cursor : cursors) {
        has_results = has_results || cursor.stream == protocol::Stream::results;
        is_known =
            is_known || (cursor.stream == protocol::Stream::results && cursor.incarnation == results_incarnation);
    }
    const bool has_forgotten = has_results && !is_known;
    const auto storing = storing_sessions_.find(agent);
    const bool is_told = storing != storing_sessions_.end() && storing->second == results_incarnation;
    if (has_forgotten && !is_told) {
        VIGIE_CHECK(ingest_->record(new_outbox_event(agent, clock_.wall()), batch));
    }
    // Now, and not with its first entry: an outbox that is lost before has forgotten what it was told to start too.
    if (results_incarnation) {
        VIGIE_CHECK(ingest_->admit(agent, protocol::Stream::results, *results_incarnation, clock_.wall(), batch));
    }
    VIGIE_CHECK(jobs_->on_connected(agent, {.results_incarnation = results_incarnation, .has_forgotten = has_forgotten},
                                    now(), batch));
    unstored_sessions_.erase(agent);
    storing_sessions_[agent] = results_incarnation;
    return {};
}

void Records::on_session_ended(const AgentId& agent) {
    storing_sessions_.erase(agent);
    unstored_sessions_.erase(agent);
    jobs_->on_disconnected(agent);
}

Result<void> Records::tick(const std::vector<FleetHost>& hosts, const std::vector<HostUp>& up, StoreBatch& batch) {
    const auto sessions = unstored_sessions_;  // on_session() takes out what it could do
    for (const auto& [agent, incarnation] : sessions) {
        VIGIE_CHECK(on_session(agent, incarnation, batch));
    }
    alert_series_->refresh(clock_.wall(), batch);
    if (host_series_->refresh(up, clock_.wall(), batch)) {
        own_series_changed_at_ = clock_.wall();
    }
    return jobs_->tick(now(), hosts, batch);
}

Result<size_t> Records::on_host_silent(const Host& host, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied,
              alerts_.host_silent(host.id, host.last_heard_at.value_or(now), now, batch, host.silent_because));
    batch.put(Family::hosts, keys::agent(host.id), host_row(host));
    return note_alerts(applied, now, now, batch);
}

Result<size_t> Records::on_host_back(const Host& host, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied, alerts_.host_back(host.id, now, batch));
    batch.put(Family::hosts, keys::agent(host.id), host_row(host));
    return note_alerts(applied, now, now, batch);
}

Result<size_t> Records::on_host_gone(const Host& host, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied, alerts_.close_host(host.id, now, batch));
    if (host.state == HostState::left) {
        forget_check_texts(host.id, batch);
    }
    batch.put(Family::hosts, keys::agent(host.id), host_row(host));
    return note_alerts(applied, now, now, batch);
}

// All groups are read for it, so once an hour is enough.
Result<void> Records::prune_errors(StoreBatch& batch) {
    const auto now = clock_.mono();
    if (errors_pruned_at_ && now - *errors_pruned_at_ < 1h) {
        return {};
    }
    errors_pruned_at_ = now;
    return errors::prune_errors(store_, clock_.wall(), batch);
}

Result<void> Records::retire(StoreBatch& batch) {
    const auto wall = clock_.wall();
    ingest_->retire(wall, batch);
    VIGIE_CHECK(blocks_.retire(wall, batch));
    VIGIE_CHECK(alerts_.prune(wall, batch));
    VIGIE_CHECK(routing::prune_silences(store_, wall, batch));
    VIGIE_CHECK(oncall::prune_overrides(store_, wall, batch));
    VIGIE_CHECK(prune_span_ends(store_, wall - routing::silence_kept_for, batch));  // `alerts why` tells of both
    VIGIE_CHECK(prune_runs(store_, wall - run_retention, batch));
    VIGIE_CHECK(prune_errors(batch));
    // A log that was tampered with is kept as it is, and keeps nothing else from being forgotten.
    const auto trimmed = trim_audit(store_, audit_retention_, wall, batch);
    const auto failure = trimmed ? std::string() : trimmed.error().message;
    if (failure != std::exchange(trim_failure_told_, failure) && !failure.empty()) {
        log::error("{}; vigie audit verify tells more", failure);
    }
    return {};
}

void Records::on_committed(const Result<void>& stored, JobSender& sender) {
    ingest_->on_committed(stored);
    alert_series_->on_committed(stored.has_value());
    host_series_->on_committed(stored.has_value());
    vitals_.on_committed(stored.has_value());
    const auto own_series_changed_at = std::exchange(own_series_changed_at_, std::nullopt);
    if (stored && own_series_changed_at && on_own_series_changed_) {
        on_own_series_changed_(*own_series_changed_at);
    }
    const bool is_call_due = escalations_.take_begun(clock_.mono());
    if (stored && is_call_due && on_call_due_) {
        on_call_due_();
    }
    const bool are_spans_changed = jobs_->take_spans_changed();
    if (stored && are_spans_changed && on_run_spans_changed_) {
        on_run_spans_changed_();
    }
    for (const auto& agent : std::exchange(calmed_, {})) {
        if (stored) {
            capped_.erase(agent);
        }
    }
    auto sessions = std::exchange(storing_sessions_, {});
    if (stored) {
        return jobs_->committed(sender);
    }
    blocks_.on_commit_failed();
    alerts_.on_commit_failed();
    escalations_.on_commit_failed();
    add_all(rules_, had_samples_);
    jobs_->rolled_back();
    for (const auto& [agent, _] : sessions) {
        jobs_->on_disconnected(agent);
    }
    unstored_sessions_.merge(sessions);
}

}  // namespace vigie::controller
