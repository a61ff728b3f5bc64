// The controller's part of a sample's life (docs/design/life-of-a-sample.md), stops 6 to 11 from top to bottom.
#pragma once
#include <deque>
#include <map>
#include <memory>

#include "controller/app/records.hpp"
#include "controller/link/hub.hpp"
#include "controller/store/committer.hpp"

namespace vigie::controller {

// What follows a commit: the acknowledgement and the page. The daemon gives threads' queues, a test its own.
class AfterCommit {
  public:
    virtual ~AfterCommit() = default;
    virtual void durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) = 0;
    virtual void apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation) = 0;
    // Samples of this time, which these groups of rules read (SeriesList::readers).
    virtual void samples_stored(std::span<const uint32_t> /*groups*/, WallTime /*sampled_at*/) {}
    virtual void wake_notifier() = 0;
    virtual JobSender& job_sender() = 0;
};

class SamplePath final : public BatchSink {
  public:
    SamplePath(Records& records, CommitQueue& commits, AfterCommit& after)
        : records_(records), commits_(commits), after_(after) {}

    // From the link's thread. False: the committer is behind, offer it again.
    [[nodiscard]] bool offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
                             const std::string& entry_bytes) override;
    [[nodiscard]] bool offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation,
                                 uint64_t first_seq, uint64_t last_seq, protocol::GapReason reason) override;
    [[nodiscard]] bool offer_generations(const AgentId& agent,
                                         const std::vector<protocol::Generation>& generations) override;

  private:
    struct Passing;
    using PassingPtr = std::shared_ptr<Passing>;  // std::function must be copyable
    [[nodiscard]] bool pass(Passing passing);
    void arrive(const PassingPtr& passing, StoreBatch& batch);
    void leave(Passing& passing, const Result<void>& stored);
    std::vector<PassingPtr> take_held(const AgentId& agent, StoreBatch& batch);
    void go_on(const AgentId& agent, const Result<void>& stored);
    void take(Passing& passing, StoreBatch& batch);
    Result<size_t> judge(const Passing& passing, const Outcome& outcome, StoreBatch& batch);
    void tell_failure(const Passing& passing, const Error& error);
    void finish(const Passing& passing, const Result<void>& stored);

    Records& records_;
    CommitQueue& commits_;
    AfterCommit& after_;
    // On the committer's thread:
    struct Held {
        std::deque<PassingPtr> entries;  // in order
        size_t bytes = 0;
    };
    std::map<AgentId, Held> held_;  // of hosts whose new series take more commits than one
    std::string last_failed_;       // host, incarnation and number
};

}  // namespace vigie::controller
