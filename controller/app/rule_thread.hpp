// The thread that evaluates groups of rules, one after the other, so that neither ingest nor operators' queries wait
// for them. What comes of an evaluation goes through the committer; the group rests until that is stored.
#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>

#include "controller/app/records.hpp"
#include "controller/app/rule_groups.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/store/committer.hpp"

namespace vigie::controller {

// Submits an outcome; ended() is told when it is stored or could not be. Any thread.
void submit_outcome(std::shared_ptr<const rules::GroupOutcome> outcome, RuleGroups& groups, Records& records,
                    CommitQueue& commits, AfterCommit& after);

class RuleThread {
  public:
    // Keeps the references.
    RuleThread(RuleGroups& groups, Records& records, CommitQueue& commits, AfterCommit& after, const Clock& clock)
        : groups_(groups), records_(records), commits_(commits), after_(after), clock_(clock) {}
    ~RuleThread() { stop(); }
    RuleThread(const RuleThread&) = delete;
    RuleThread& operator=(const RuleThread&) = delete;

    void start();
    // Ends the evaluation under way. Before the committer stops.
    void stop();
    // Any thread: called on this one between two evaluations, so never while one hangs. Only the last of several.
    void pass(std::function<void()> on);

  private:
    void run();

    RuleGroups& groups_;
    Records& records_;
    CommitQueue& commits_;
    AfterCommit& after_;
    const Clock& clock_;
    std::mutex guard_;
    std::condition_variable changed_;
    bool is_stopping_ = false;
    bool is_sooner_ = false;
    std::function<void()> passed_;
    std::thread thread_;
};

}  // namespace vigie::controller
