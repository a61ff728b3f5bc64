// What the committer's thread owns: every room that turns messages and time into rows. All calls come from a
// submission's prepare, but for on_committed, which is for its done.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "controller/app/alert_series.hpp"
#include "controller/app/host_series.hpp"
#include "controller/audit/chain.hpp"
#include "controller/fleet/fleet.hpp"
#include "controller/ingest/ingest.hpp"
#include "controller/jobs/job_board.hpp"
#include "controller/oncall/escalation.hpp"
#include "controller/rules/group_evaluation.hpp"
#include "controller/rules/vitals.hpp"
#include "controller/sealing/retention.hpp"
#include "shared/log/log.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

struct RecordsOptions {
    rules::RuleSet rules;
    std::vector<JobPlan> plans;
    std::vector<std::string> receivers;
    rules::TemplateWorld templates;
    BlockRetention retention;
    AuditRetention audit;
    RecordedCaps recorded{};
    oncall::OnCall oncall{};
    const std::vector<routing::InhibitRule>* inhibit_rules = nullptr;            // kept; nullptr: there are none
    const maintenance::Maintenance* maintenance = &maintenance::no_maintenance;  // kept
    size_t schema_work_per_commit_max = IngestLimits{}.schema_work_per_commit_max;
};

// Readings with too many series and without may alternate: an alert shall not.
constexpr milliseconds capped_calm_after = std::chrono::minutes{10};

class Records final : public EntrySink {
  public:
    // Reads what the store remembers. Keeps the references.
    static Result<std::unique_ptr<Records>> open(const StateStore& store, const Clock& clock, Random& random,
                                                 RecordsOptions options);

    Ingest& ingest() { return *ingest_; }
    const rules::RuleSet& rules() const { return rules_; }
    const rules::RuleVitals& vitals() const { return vitals_; }
    alerts::AlertBook& alerts() { return alerts_; }
    // Called, from on_committed(), when series of the controller's own (of alerts, or `up` of hosts) are stored that
    // changed; the time is the controller's.
    void on_own_series_changed(std::function<void(WallTime)> call) { on_own_series_changed_ = std::move(call); }
    // Called, from on_committed(), when a run that holds alerts began or ended.
    void on_run_spans_changed(std::function<void()> call) { on_run_spans_changed_ = std::move(call); }
    // Called, from on_committed(), when escalate() is to be called before its second is over.
    void on_call_due(std::function<void()> call) { on_call_due_ = std::move(call); }
    oncall::Escalations& escalations() { return escalations_; }
    const oncall::OnCall& oncall() const { return oncall_; }  // any thread
    JobBoard& jobs() { return *jobs_; }
    BoardTime now() const { return BoardTime{clock_.mono(), clock_.wall()}; }
    oncall::Moment moment() const { return {clock_.mono(), clock_.wall()}; }

    // A run's report: its record, and the snapshot it speaks of.
    Result<void> on_run_report(const AgentId& agent, const protocol::RunReport& report, StoreBatch& batch) override;
    Result<void> on_event(const Event& event, StoreBatch& batch) override;
    // Counted with their kind; one that is new, or came after it was resolved, is an event.
    Result<void> on_log_errors(const AgentId& agent, const protocol::LogErrors& told, WallTime received_at,
                               StoreBatch& batch) override;

    // The verdicts of a host's report, as AlertBook::apply takes them. Gives the number of pages.
    Result<size_t> on_verdicts(const AgentId& agent, const alerts::EvaluationCursor& cursor,
                               std::span<const rules::RuleVerdicts> verdicts, WallTime now, StoreBatch& batch);
    // Whether series of a host's reading found no room (why; "" when all did): an alert of the controller's own, which
    // ends once all have had room for capped_calm_after. Gives the number of pages.
    Result<size_t> note_capped(const AgentId& agent, const std::string& over_cap, WallTime now, StoreBatch& batch);
    // As AlertBook::tell, close_removed_rules and close_alert.
    Result<size_t> tell(const AgentId& agent, const alerts::OwnFinding& finding, WallTime at, StoreBatch& batch);
    Result<size_t> close_removed_rules(StoreBatch& batch);
    Result<size_t> close_alert(std::string_view id, std::string_view cause, StoreBatch& batch);
    // What came of a group's evaluation: its transitions, pages, recorded samples and cursor, all in this batch. Gives
    // the number of pages. After an error nothing was added.
    Result<size_t> on_group(const rules::GroupOutcome& outcome, StoreBatch& batch);
    // The rules of a group that have alerts which are not over.
    alerts::RuleKeys rules_with_alerts(size_t group);
    // How rules fared that were judged as a host's samples came: one that begins to fail is an event.
    Result<void> note_judged(const AgentId& agent, WallTime at, std::span<const rules::RuleVerdicts> judged,
                             StoreBatch& batch);

    // A session of the agent began: its runs are asked for, or given up when it has lost its record of them.
    // Nothing is started on it before that is durable: a session whose commit failed counts as none until tick() has
    // stored it.
    Result<void> on_session(const AgentId& agent, std::optional<uint64_t> results_incarnation, StoreBatch& batch);
    void on_session_ended(const AgentId& agent);
    // Once a second: sessions that could not be stored, series that are to be written now, then what is due on `hosts`.
    Result<void> tick(const std::vector<FleetHost>& hosts, const std::vector<HostUp>& up, StoreBatch& batch);

    // Once a second too: the calls that are due for alerts. Gives the number of pages.
    Result<size_t> escalate(StoreBatch& batch);

    // A host fell silent, or is back: its row and its alert change together, so that a crash leaves neither of them
    // behind to page again. They give the number of pages made.
    Result<size_t> on_host_silent(const Host& host, WallTime now, StoreBatch& batch);
    Result<size_t> on_host_back(const Host& host, WallTime now, StoreBatch& batch);
    // A host was removed, or its key revoked: its row changes, and its alerts end.
    Result<size_t> on_host_gone(const Host& host, WallTime now, StoreBatch& batch);

    // Forgets what is older than its retention.
    Result<void> retire(StoreBatch& batch);
    // After each group: sends what became durable, or reads the store again when nothing did.
    void on_committed(const Result<void>& stored, JobSender& sender);

  private:
    Result<void> note_health(const rules::Rule& rule, bool is_of_one_host, WallTime at, nanoseconds took,
                             const std::string& failure, const AgentId& agent, StoreBatch& batch);
    Result<void> prune_errors(StoreBatch& batch);
    Result<size_t> take_group(const rules::GroupOutcome& outcome, StoreBatch& batch);
    size_t note_alerts(const alerts::Applied& applied, WallTime at, WallTime now, StoreBatch& batch);
    Records(const StateStore& store, const Clock& clock, RecordsOptions options);

    const StateStore& store_;
    const Clock& clock_;
    rules::RuleSet rules_;
    AuditRetention audit_retention_;
    std::optional<MonoTime> errors_pruned_at_;
    log::Throttle left_out_errors_{.lines_max = 1, .period = 10min};
    std::string trim_failure_told_;  // each is told once, until another one or none takes its place
    rules::RuleVitals vitals_;
    std::map<AgentId, WallTime> capped_;        // hosts with an alert of their series: when one found no room last
    std::vector<AgentId> calmed_;               // of these, whose alert ends with the next commit
    std::set<const rules::Rule*> had_samples_;  // recording rules whose last row, or the one before the start, had some
    alerts::AlertBook alerts_;
    oncall::OnCall oncall_;
    const std::vector<routing::InhibitRule> no_rules_{};
    oncall::Escalations escalations_;
    BlockRetirement blocks_;
    std::unique_ptr<Ingest> ingest_;
    std::unique_ptr<AlertSeries> alert_series_;
    std::unique_ptr<HostSeries> host_series_;
    std::optional<WallTime> own_series_changed_at_;  // since the last commit
    std::function<void(WallTime)> on_own_series_changed_;
    std::function<void()> on_call_due_;
    std::function<void()> on_run_spans_changed_;
    std::unique_ptr<JobBoard> jobs_;
    // The results' incarnations of sessions in the group that is being stored, and of those that could not be: one for
    // each agent.
    std::map<AgentId, std::optional<uint64_t>> storing_sessions_;
    std::map<AgentId, std::optional<uint64_t>> unstored_sessions_;
};

}  // namespace vigie::controller
