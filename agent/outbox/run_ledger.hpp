// Which runs this host was told to start and how far they got, so that a repeated START starts nothing twice and a
// crash leaves no run unaccounted for. Loop thread only; every change is synced before the call returns.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent {

class Database;
class Outbox;

struct RunRecord {
    std::string run_id;
    uint64_t fence = 0;  // the highest dispatch seen
    std::string job;     // "" in a tombstone
    protocol::RunState state = protocol::RunState::starting;
    int32_t exit_code = 0;
    WallTime recorded_at;
    int64_t started_at_unix_ms = 0;
    int64_t ended_at_unix_ms = 0;
    std::string message;
    bool is_tombstone = false;  // a CANCEL came before its START
    bool operator==(const RunRecord&) const = default;
};

// True for every state but starting and running.
bool is_finished(protocol::RunState state);

enum class StartKind {
    recorded,          // new: spawn it
    repeated,          // known: do not spawn; `record` has its state, and its report is in the results stream
    cancelled_before,  // a CANCEL of this or a later dispatch came first: report it as cancelled
    superseded,        // a later dispatch is known: ignore
};
struct StartOutcome {
    StartKind kind = StartKind::recorded;
    RunRecord record;  // as it stands now
};

enum class CancelKind {
    tombstone_left,    // the START has not arrived; it will find cancelled_before
    stop_it,           // under way on this host: end it and report
    already_finished,  // nothing to do
    superseded,        // a later dispatch is known: ignore
};
struct CancelOutcome {
    CancelKind kind = CancelKind::tombstone_left;
    RunRecord record;
};

class RunLedger {
  public:
    ~RunLedger();
    RunLedger(const RunLedger&) = delete;
    RunLedger& operator=(const RunLedger&) = delete;

    // Durable before it returns: call it before anything is spawned. A later dispatch (higher fence) of a known run
    // only raises the fence and counts as repeated, because it may have run; but one that is known not to run now
    // (indeterminate, refused, tombstone of an earlier dispatch) is recorded again, to be spawned.
    Result<StartOutcome> record_starting(const protocol::JobStart& start, WallTime now);

    // The run's new state and the report's entry in the results stream, in one transaction; gives the entry's number.
    // conflict: the run has finished already (its first end stands; nothing is appended). A run that the ledger does
    // not know, such as a refused one, is added.
    Result<uint64_t> record(const protocol::RunReport& report, WallTime now);

    Result<CancelOutcome> record_cancel(std::string_view run_id, uint64_t fence, WallTime now);

    // Runs left in starting or running: after a restart of the agent these are the ones whose fate must be reported.
    Result<std::vector<RunRecord>> unfinished();
    Result<std::optional<RunRecord>> find(std::string_view run_id);

  private:
    friend class AgentState;
    struct Statements;

    RunLedger(Database& database, Outbox& outbox, std::function<std::string(const protocol::RunReport&)> encode,
              uint32_t finished_max);
    Result<void> prepare();
    void release();  // the file's statements, before it is closed; prepare() takes up again
    Result<void> save(const RunRecord& run);
    Result<void> prune(int64_t newest);
    template <typename T, typename Change>
    Result<T> durably(Change change);
    Result<StartOutcome> start_in_transaction(const protocol::JobStart& start, WallTime now);
    Result<CancelOutcome> cancel_in_transaction(std::string_view run_id, uint64_t fence, WallTime now);
    Result<uint64_t> report_in_transaction(const protocol::RunReport& report, WallTime now);

    Database& database_;
    Outbox& outbox_;
    std::function<std::string(const protocol::RunReport&)> encode_;
    uint32_t finished_max_;
    std::unique_ptr<Statements> statements_;
};

}  // namespace vigie::agent
