// The runs that are not over, and the plans that make new ones. Confined to the committer's thread: each change is
// called from a submission's prepare() with its batch, and after the commit comes committed(), which sends the
// messages, or rolled_back(), after which the store's truth is read again. So a run is durable, with its plan's cursor
// and its unique key (job, host, instant) in the same batch, before its START leaves.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controller/jobs/job_run.hpp"
#include "controller/schedule/due.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

// Must not block; a message to a host that has just gone is dropped, since the next session asks again.
class JobSender {
  public:
    virtual ~JobSender() = default;
    // Only to the outbox whose results stream is `results_incarnation`: another one knows nothing of earlier runs, and
    // would begin this one again.
    virtual void start(const AgentId& agent, const protocol::JobStart& message,
                       std::optional<uint64_t> results_incarnation) = 0;
    virtual void cancel(const AgentId& agent, const protocol::JobCancel& message) = 0;
};

struct BoardTime {
    MonoTime mono;
    WallTime wall;
};

// Where a host of this session keeps its record of runs.
struct HostOutbox {
    std::optional<uint64_t> results_incarnation;
    bool has_forgotten = false;  // it is new: the host has lost the record it had
};

struct FleetHost {
    AgentId id;
    std::map<std::string, std::string> labels;
};

// For the way of START and of the last report, and for a host that reboots.
constexpr milliseconds lease_margin = 10min;
// Reruns after an indeterminate end: a job that kills its agent each time must not go on for ever.
constexpr uint32_t reruns_max = 3;

struct ForcedRun {
    std::string job;
    std::vector<AgentId> hosts;
    std::map<std::string, std::string> parameters;
    milliseconds timeout{0};
    std::string asked_by;  // for the record
};

class JobBoard {
  public:
    static Result<std::unique_ptr<JobBoard>> open(const StateStore& store, Random& random, std::vector<JobPlan> plans,
                                                  const BoardTime& now);

    void set_plans(std::vector<JobPlan> plans) { plans_ = std::move(plans); }

    // Every second or so, and never less often than the plans' periods: makes the runs that are due on the hosts
    // enrolled, and ends those whose lease ran out. An error: the store could not be read; nothing was added to the
    // batch, and the next tick tries again.
    Result<void> tick(const BoardTime& now, const std::vector<FleetHost>& hosts, StoreBatch& batch);
    // One run on each host, or none. conflict when one of them has a forced run of the job under way.
    Result<std::vector<RunId>> run_now(const ForcedRun& wanted, const BoardTime& now, StoreBatch& batch);
    // Before it was sent the run ends here; afterwards the host is told, and its report ends it.
    Result<void> cancel(const RunId& id, std::string_view why, const BoardTime& now, StoreBatch& batch);
    // Applying a report twice changes nothing. A report of a run that this controller does not know, or of another
    // host's, is dropped with a line in the log: the agent's stream must not stop for it. True: the run is the host's.
    // An error is the store's.
    Result<bool> on_run_report(const AgentId& agent, const protocol::RunReport& report, const BoardTime& now,
                               StoreBatch& batch);
    // A session began: what is under way there is asked of the host by sending it again, and what waits may go.
    // A host that has forgotten would start them a second time: they are indeterminate instead, also when that is only
    // stored with a later commit.
    Result<void> on_connected(const AgentId& agent, const HostOutbox& outbox, const BoardTime& now, StoreBatch& batch);
    void on_disconnected(const AgentId& agent) { connected_.erase(agent); }

    // Whether a run that holds alerts began or ended since this was asked last.
    bool take_spans_changed() { return std::exchange(are_spans_changed_, false); }

    void committed(JobSender& sender);
    // The next change reads the store again. Cheap: for each done() of a failed group.
    void rolled_back();

  private:
    struct Active {
        JobRun run;
        MonoTime lease_until{};
        bool was_asked = false;        // the lease ran out once and the host was asked
        bool must_send_again = false;  // its message was lost with a failed commit
    };
    struct Cursor {
        ScheduleCursor row;
        WallTime next{};
    };
    struct Start {
        protocol::JobStart message;
        std::optional<uint64_t> results_incarnation;  // of the session it was decided in
    };
    struct Message {
        AgentId agent;
        std::variant<Start, protocol::JobCancel> content;
    };
    using JobOnHost = std::pair<AgentId, std::string>;

    JobBoard(const StateStore& store, Random& random) : store_(store), random_(random) {}
    Result<void> load(const BoardTime& now);
    Result<void> ensure_loaded(const BoardTime& now);
    Result<void> load_runs(const BoardTime& now);
    Result<void> load_cursors();

    Cursor& cursor_of(const JobPlan& plan, const AgentId& agent, const BoardTime& now, StoreBatch& batch);
    Result<void> tick_plan(const JobPlan& plan, const AgentId& agent, const BoardTime& now, bool after_step,
                           StoreBatch& batch);
    Result<void> tick_plans(const BoardTime& now, const std::vector<FleetHost>& hosts, StoreBatch& batch);
    void pump_all(const BoardTime& now, StoreBatch& batch);
    void end_expired(const BoardTime& now, StoreBatch& batch);
    Result<bool> claim(const JobPlan& plan, const AgentId& agent, WallTime instant, const RunId& id, StoreBatch& batch);
    Result<void> make_run(const JobPlan& plan, const AgentId& agent, WallTime instant, const BoardTime& now,
                          StoreBatch& batch);
    Result<void> make_missed(const JobPlan& plan, const AgentId& agent, const MissedStarts& missed,
                             const BoardTime& now, StoreBatch& batch);
    void thin_queue(const JobOnHost& place, const BoardTime& now, StoreBatch& batch);
    void pump(const AgentId& agent, const BoardTime& now, StoreBatch& batch);
    void dispatch(Active& active, const BoardTime& now, StoreBatch& batch);
    void finish(Active& active, RunPhase phase, std::string message, const BoardTime& now, StoreBatch& batch);
    void apply(Active& active, const protocol::RunReport& report, const BoardTime& now, StoreBatch& batch);
    void on_indeterminate(Active& active, const BoardTime& now, StoreBatch& batch);
    void send_again(Active& active, const BoardTime& now, StoreBatch& batch);
    void ask_or_give_up(Active& active, bool has_forgotten, const BoardTime& now, StoreBatch& batch);
    Result<bool> apply_to_lost(const AgentId& agent, const protocol::RunReport& report, StoreBatch& batch);
    bool may_hold(const JobRun& run) const;
    void note_span(const JobRun& run, bool had_begun, const BoardTime& now, StoreBatch& batch);
    void save(const JobRun& run, StoreBatch& batch);
    void admit(JobRun run);
    std::vector<Active*> runs_of(const JobOnHost& place);

    const StateStore& store_;
    Random& random_;
    std::vector<JobPlan> plans_;
    std::map<std::string, Active> active_;  // by run id; over ones stay until committed
    std::map<JobOnHost, std::set<std::string>> by_place_;
    std::map<std::pair<std::string, AgentId>, Cursor> cursors_;  // plan, host
    std::map<std::string, RunId> claimed_;                       // unique keys of batches that are not committed yet
    std::map<AgentId, std::optional<uint64_t>> connected_;       // with its results' incarnation
    std::vector<Message> outgoing_;
    ClockWatch clock_;
    std::set<std::string> forgotten_;  // runs in flight that their hosts lost, until what follows is stored
    bool must_reload_ = false;         // the store could not be read in the middle of a change
    bool is_loaded_ = false;
    bool are_spans_changed_ = false;
};

}  // namespace vigie::controller
