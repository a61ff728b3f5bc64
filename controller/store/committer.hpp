// The only writer of the store. Submissions are gathered for a few milliseconds and committed together: one sync for
// many (a sync each gave 878 messages a second, grouped 115,000).
// Both halves of a submission run on the committer's thread (for DirectCommitter: on the caller of run_pending):
//   prepare(batch)  adds its rows. Reads of the store do not see what earlier submissions of the same group added:
//                   keep that in memory, or read through the batch (get_through in state_store.hpp).
//   done(result)    after the commit, in the order of submission, before any later prepare. An error means that nothing
//                   of the group is stored: drop whatever prepare cached. It may submit again.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "controller/store/state_store.hpp"
#include "shared/core/time.hpp"
#include "shared/core/units.hpp"

namespace vigie::controller {

class CommitQueue {
  public:
    using Prepare = std::function<void(StoreBatch&)>;
    using Done = std::function<void(const Result<void>&)>;

    virtual ~CommitQueue() = default;
    // Any thread; never blocks. For the controller's own changes, which are few: always accepted. After stop() it is
    // done(cancelled) at once, on the caller's thread.
    virtual void submit(Prepare prepare, Done done) = 0;
    // The same for what agents send: false, and nothing is called, while the queue holds queue_items_max or more.
    [[nodiscard]] virtual bool try_submit(Prepare prepare, Done done) = 0;
};

struct CommitterLimits {
    milliseconds window{5};          // from the first submission of a group; adds to the latency of each ack
    size_t group_items_max = 4096;   // about 40 ms of preparing at 10 us each
    Bytes group_bytes_max = 8_MiB;   // a group is one WAL record; two fit into the write buffers with room
    size_t queue_items_max = 16384;  // four groups: what a stall of the disk may pile up before agents are held back
};

// Tells of failing commits once, and of their end: while the disk is full a group fails every few milliseconds.
class CommitLog {
  public:
    void note(const Result<void>& committed);

  private:
    size_t failed_ = 0;  // groups in a row
};

// One thread of its own.
class Committer final : public CommitQueue {
  public:
    explicit Committer(StateStore& store, CommitterLimits limits = {});
    ~Committer() override;  // stops
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    void submit(Prepare prepare, Done done) override;
    [[nodiscard]] bool try_submit(Prepare prepare, Done done) override;
    // Commits what is queued, with what their done() submit, then ends the thread. Not from the committer's thread.
    void stop();
    size_t queued() const;
    bool on_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

  private:
    struct Item {
        Prepare prepare;
        Done done;
    };
    void run();
    void wake_if_needed();
    std::deque<Item> next_group();

    StateStore& store_;
    const CommitterLimits limits_;
    CommitLog log_;  // of its thread
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> queue_;
    bool is_stopping_ = false;
    bool has_ended_ = false;
    std::thread thread_;  // last: it uses the members above
};

// No thread and no time: run_pending() commits what is queued. For tests and journeys, where order must be the same
// each time.
class DirectCommitter final : public CommitQueue {
  public:
    explicit DirectCommitter(StateStore& store, CommitterLimits limits = {}) : store_(store), limits_(limits) {}

    void submit(Prepare prepare, Done done) override;
    [[nodiscard]] bool try_submit(Prepare prepare, Done done) override;
    // One group after another until nothing is queued, with what done() submits. Returns how many commits it took.
    size_t run_pending();
    size_t queued() const { return queue_.size(); }

  private:
    struct Item {
        Prepare prepare;
        Done done;
    };
    StateStore& store_;
    const CommitterLimits limits_;
    CommitLog log_;
    std::deque<Item> queue_;
};

}  // namespace vigie::controller
