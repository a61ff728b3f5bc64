// Gather, prepare, commit once, tell each.
#include "controller/store/committer.hpp"

#include <vector>

#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {

namespace {

// Prepares items from the front of `group` until the batch is full, commits, and calls their done(). The rest stays.
template <typename Item>
void commit_some(StateStore& store, std::deque<Item>& group, const CommitterLimits& limits, CommitLog& failures) {
    StoreBatch batch;
    std::vector<CommitQueue::Done> done;
    while (!group.empty() && done.size() < limits.group_items_max && batch.bytes() < limits.group_bytes_max) {
        auto item = std::move(group.front());
        group.pop_front();
        item.prepare(batch);
        done.push_back(std::move(item.done));
    }
    // A group that changes nothing (duplicates, reads) needs no sync.
    const auto committed = batch.is_empty() ? Result<void>{} : store.commit(batch);
    if (!batch.is_empty()) {
        failures.note(committed);
    }
    for (const auto& tell : done) {
        if (tell) {
            tell(committed);
        }
    }
}

}  // namespace

void CommitLog::note(const Result<void>& committed) {
    if (!committed && ++failed_ == 1) {
        log::error("store: no changes are stored: {}", committed.error().message);
    } else if (committed && failed_ > 0) {
        log::info("store: changes are stored again, after {} groups that were not", std::exchange(failed_, 0));
    }
}

Committer::Committer(StateStore& store, CommitterLimits limits)
    : store_(store), limits_(limits), thread_([this] { run(); }) {}

Committer::~Committer() {
    stop();
}

void Committer::submit(Prepare prepare, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (!has_ended_) {
            queue_.push_back({std::move(prepare), std::move(done)});
            wake_if_needed();
            return;
        }
    }
    if (done) {
        done(fail(ErrorCode::cancelled, "store: the controller is stopping"));
    }
}

bool Committer::try_submit(Prepare prepare, Done done) {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || queue_.size() >= limits_.queue_items_max) {
        return false;
    }
    queue_.push_back({std::move(prepare), std::move(done)});
    wake_if_needed();
    return true;
}

// What next_group() waits for: a first item, then a full group. Woken for each item between, the thread would only look
// and sleep again.
void Committer::wake_if_needed() {
    if (queue_.size() == 1 || queue_.size() == limits_.group_items_max) {
        changed_.notify_one();
    }
}

void Committer::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) {
        VIGIE_ASSERT(!on_thread());
        thread_.join();
    }
}

size_t Committer::queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

// Waits for a first item, then for more until the window closes. Empty: nothing is left and the thread shall end.
std::deque<Committer::Item> Committer::next_group() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    changed_.wait_for(lock, limits_.window,
                      [this] { return is_stopping_ || queue_.size() >= limits_.group_items_max; });
    if (queue_.empty()) {
        has_ended_ = true;
    }
    return std::exchange(queue_, {});
}

void Committer::run() {
    for (auto group = next_group(); !group.empty(); group = next_group()) {
        while (!group.empty()) {
            commit_some(store_, group, limits_, log_);
        }
    }
}

void DirectCommitter::submit(Prepare prepare, Done done) {
    queue_.push_back({std::move(prepare), std::move(done)});
}

bool DirectCommitter::try_submit(Prepare prepare, Done done) {
    if (queue_.size() >= limits_.queue_items_max) {
        return false;
    }
    submit(std::move(prepare), std::move(done));
    return true;
}

size_t DirectCommitter::run_pending() {
    size_t commits = 0;
    for (; !queue_.empty(); ++commits) {
        commit_some(store_, queue_, limits_, log_);
    }
    return commits;
}

}  // namespace vigie::controller
