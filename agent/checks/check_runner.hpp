// Runs this host's checks: each in a child process of its own, never twice at once, a few at the same time, ended with
// its process group at its timeout. Starts are spread by the names' hashes, so that a fleet with one configuration and
// a host with fifty checks begin at different moments. On the loop's thread, all of it.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "agent/checks/check_memory.hpp"
#include "agent/checks/check_series.hpp"
#include "agent/checks/check_state.hpp"
#include "agent/checks/event_budget.hpp"
#include "agent/jobs/children.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

struct CheckRunnerOptions {
    std::string worker = "/usr/lib/vigie/vigie-worker";
    std::map<std::string, std::string> environment{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LANG", "C.UTF-8"}};
    // Checks of one dead server hold their places for their whole timeout; one place is never theirs.
    size_t children_max = 8;
    // After SIGTERM. A check has nothing to put in order.
    milliseconds kill_grace = 1s;
};

// Of vigie-worker's own kinds: they end by themselves at the timeout and say what they were waiting for; the daemon
// ends them when even that fails.
constexpr milliseconds worker_margin = 1s;

// How a child is started for the check, and what its end means. `duration`: of the whole run.
ChildCommand command_of(const Check& check, const CheckRunnerOptions& options);
milliseconds child_timeout(const Check& check);
CheckResult result_of(const Check& check, const ChildExit& exit, bool is_timed_out, milliseconds duration);

// When the first run is due, counted from the start: less than a minute, and than the interval; of a state that is soft
// than the retry interval.
milliseconds first_delay(const Check& check, const CheckState& state = {});

struct CheckEvent {
    WallTime at{};
    std::string check;
    CheckStatus status = CheckStatus::unknown;
    std::string message;  // "CRITICAL hard 3/3: Connection refused"
};

class CheckRunner {
  public:
    // `on_event`: a change of state that shall be told. `on_change`: remembered() has another state. Keeps the
    // references.
    CheckRunner(
        Children& children, const Clock& clock, CheckRunnerOptions options,
        std::function<void(const CheckEvent&)> on_event, std::function<void()> on_change = [] {});
    ~CheckRunner();  // kills what runs, without a result
    CheckRunner(const CheckRunner&) = delete;
    CheckRunner& operator=(const CheckRunner&) = delete;

    // Before the first set_checks(): checks whose definition is the same go on from these states, as if the agent had
    // not ended.
    void recall(RememberedChecks known) { recalled_ = std::move(known); }
    // The states of all checks that have one.
    RememberedChecks remembered() const;
    // Begins to run these. A check that is as before keeps its state and its time; of one that changed or is gone the
    // child is killed, and a changed one begins anew.
    void set_checks(std::vector<Check> checks);
    // The series of all checks that have a result, as far as check_series_bytes_max reaches; vigie_checks_left_out says
    // how many checks' states or values did not fit.
    void collect(SeriesWriter& out) const;

    size_t running() const { return running_; }

  private:
    struct Entry {
        Check check;
        CheckState state;
        CheckResult last;
        WallTime last_run_at{};
        MonoTime due{};
        MonoTime started{};
        nanoseconds late{0};  // of the last start, behind when it was due
        bool is_timed_out = false;
        bool has_hung = false;  // its last run took all of its time
        EventBudget budget;
        std::unique_ptr<Delay> next;
        std::unique_ptr<Delay> timeout;
        std::unique_ptr<RunningChild> child;
    };

    std::unique_ptr<Entry> take_unchanged(const Check& check);
    std::unique_ptr<Entry> make_entry(Check check) const;
    void wait_until_due(Entry& entry);
    void on_due(Entry& entry);
    bool has_place_for(const Entry& entry) const;
    milliseconds lateness(const Entry& entry) const;
    void start(Entry& entry);
    void on_exit(Entry& entry, const ChildExit& exit);
    void on_result(Entry& entry, CheckResult result);
    void start_waiting();
    void tell(Entry& entry, CheckChange change);

    Children& children_;
    const Clock& clock_;
    const CheckRunnerOptions options_;
    const std::function<void(const CheckEvent&)> on_event_;
    const std::function<void()> on_change_;
    RememberedChecks recalled_;  // until the first checks are set
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<Entry*> waiting_;  // due, until one of children_max is free; each at most once
    size_t running_ = 0;
    size_t running_hung_ = 0;  // of them, those whose run before had hung
};

}  // namespace vigie::agent
