// Runs of this host's jobs, as the controller asks for them. On the loop's thread, all of it.
// Each START is recorded durably before anything is spawned, so it starts nothing twice, and each end is a report in
// the results stream. After a crash recover() reports the runs it finds begun as indeterminate.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "agent/jobs/children.hpp"
#include "agent/jobs/host_job.hpp"
#include "agent/outbox/run_ledger.hpp"
#include "protocol/codec/progress.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

struct JobRunnerOptions {
    std::string worker = "/usr/lib/vigie/vigie-worker";
    std::map<std::string, std::string> environment{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LANG", "C.UTF-8"}};
    size_t children_max = 4;  // further runs wait: a host in repair still serves
    milliseconds kill_grace = 10s;
    milliseconds report_retry = 10s;  // after a full disk
};

class JobRunner {
  public:
    struct Callbacks {
        std::function<void(protocol::JobProgress)> on_progress;  // with the run's id; only the newest matters
        std::function<void()> on_report;                         // a report was added to the results stream
    };

    JobRunner(Children& children, RunLedger& ledger, const Clock& clock, JobTable jobs, JobRunnerOptions options,
              Callbacks callbacks);
    ~JobRunner();  // kills what runs; the next recover() reports it
    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;

    // Once, before the first start().
    Result<void> recover();
    void start(const protocol::JobStart& start);
    void cancel(const protocol::JobCancel& cancel);
    // Runs under way keep the job as it was.
    void set_jobs(JobTable jobs) { jobs_ = std::move(jobs); }
    // Ends all runs, reports them and then calls back. New ones are refused from here on.
    void shut_down(Task done);

    size_t running() const { return runs_.size(); }
    size_t waiting() const { return waiting_.size(); }

  private:
    enum class Ending { none, timed_out, cancelled, shut_down };
    struct Run {
        protocol::JobStart start;
        int64_t started_at_unix_ms = 0;
        Ending ending = Ending::none;
        std::string ending_why;
        protocol::ProgressReader progress;
        bool is_progress_broken = false;
        std::unique_ptr<RunningChild> child;
        std::unique_ptr<Delay> timeout;
    };

    void begin(const protocol::JobStart& start);
    bool is_busy_with(const std::string& job) const;
    void spawn(const protocol::JobStart& start, const HostJob& job);
    ChildCommand command_of(const protocol::JobStart& start, const HostJob& job);
    void watch_timeout(Run& run, const HostJob& job);
    void end(Run& run, Ending why, std::string message);
    void on_exit(const std::string& run_id, ChildExit exit);
    void on_progress_bytes(const std::string& run_id, std::string_view bytes);
    void spawn_waiting();
    protocol::RunReport report_of(const protocol::JobStart& start, protocol::RunState state, std::string message) const;
    void tell(protocol::RunReport report);  // now, or when the ledger can be written again
    void retry_reports();
    void finish_shut_down();

    Children& children_;
    RunLedger& ledger_;
    const Clock& clock_;
    JobTable jobs_;
    const JobRunnerOptions options_;
    const Callbacks callbacks_;
    std::map<std::string, std::unique_ptr<Run>> runs_;  // by run id: children alive
    std::deque<protocol::JobStart> waiting_;            // recorded, until a child ends; one of a job at most
    std::deque<protocol::RunReport> untold_;            // the disk was full
    std::unique_ptr<Delay> retry_;                      // while something is untold
    bool is_shutting_down_ = false;
    Task on_shut_down_;
};

// What a worker leaves on its standard output as the job's own result: the whole of it when that is one JSON object,
// else its last line when that is one; "" otherwise or over protocol::report_bytes_max.
std::string result_of_output(std::string_view output);

// What a person is shown of both outputs: standard output without the result, then standard error, each cut to its tail
// so that both together are at most protocol::run_output_bytes_max.
std::string shown_output(std::string_view out, std::string_view result, std::string_view err);

}  // namespace vigie::agent
