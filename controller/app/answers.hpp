// The operators' verbs. Reads go to the store and the fleet; changes are submitted to the committer. On the main loop.
#pragma once
#include "controller/app/watch.hpp"
#include "controller/notify/notice_sender.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/operator/desk.hpp"
#include "protocol/transport/zap.hpp"

namespace vigie::controller {

// What the answers are made from. Everything outlives the desk.
struct Sources {
    Loop& loop;
    const Clock& clock;
    Random& random;
    const StateStore& store;
    CommitQueue& commits;
    Records& records;
    const Watch& watch;
    AfterCommit& after;
    std::function<notify::NotifierStatus()> notifier_status;
    std::function<bool()> is_store_full;
    std::function<std::string()> state_folder_problem;  // "" for none
    std::function<protocol::ZapThread::Counts()> handshakes;
    std::vector<std::string> recovery_notes;  // what the store left out when it was opened
    std::vector<JobPlan> plans;
    std::vector<ScheduleConfig> schedules;  // as many, of the same place
    std::string endpoint;
    std::string enrol_endpoint;
    std::string operators_endpoint;           // "" when there is no port for them
    std::string http_endpoint;                // likewise
    std::function<uint64_t()> operators_cut;  // connections of theirs
    std::string public_key;                   // the controller's own; another one after a switch
    WallTime started_at;
    std::function<notify::NoticeTroubles()> notice_troubles{};  // of what tickets tell
};

class QueryRunner;
// status, and doctor on the runner's pool: it reads rows of all kinds.
void add_status_answers(Desk& desk, const Sources& sources, QueryRunner& runner);
void add_host_answers(Desk& desk, const Sources& sources);                    // hosts, metrics
void add_job_answers(Desk& desk, const Sources& sources);                     // jobs
void add_run_answers(Desk& desk, const Sources& sources);                     // runs, backups
void add_error_answers(Desk& desk, const Sources& sources);                   // errors
void add_audit_answers(Desk& desk, const Sources& sources);                   // audit
void add_rule_answers(Desk& desk, const Sources& sources);                    // rules
void add_query_answers(Desk& desk, QueryRunner& runner, const Clock& clock);  // query

// The text for a time, or null for none.
Json time_or_null(std::optional<WallTime> at);
// JSON has no NaN or infinity: null.
Json number_or_null(double value);
// What a host wrote; null unless it is JSON. Values nested deeper are left out: writing JSON recurses, and a host may
// send a mebibyte of brackets.
Json shallow_json(const std::string& text);
// A host's state for people: "revoked" outweighs what was heard of it.
std::string_view shown_state(const Host& host);
// "1 page", "2 pages".
std::string counted(uint64_t count, std::string_view what);
// "env=prod,site=a".
std::string labels_text(const std::map<std::string, std::string>& labels);
// When a request's `since_ms` was, up to all of time ago. malformed when it is no whole number.
Result<WallTime> since_of(const Request& request, milliseconds fallback, WallTime now);
// True when the request's labels select the host (none: every host).
Result<bool> is_selected(const Request& request, const Host& host);
// not_found that names the nearest known host.
Error unknown_host(const Fleet& fleet, const std::string& name);

// Runs `change` on the committer's thread; `respond` hears of its result on the loop, after the commit.
// What was asked, and what came of it, goes into the audit log with the change; when the log cannot be read nothing is
// changed. What failed before it changed anything is noted by the desk's witness.
void submit_change(const Sources& sources, const Request& request, std::function<Result<Json>(StoreBatch&)> change,
                   Desk::Respond respond);

}  // namespace vigie::controller
