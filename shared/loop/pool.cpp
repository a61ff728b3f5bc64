// One condition a thread, so that the one that is meant is woken and no other.
#include "shared/loop/pool.hpp"

#include <algorithm>
#include <csignal>

#include "shared/core/assert.hpp"

namespace vigie {

namespace {

// Signals are the loop's.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

struct Pool::Worker {
    Task task;
    bool is_resting = false;
    bool is_last = false;
    std::condition_variable called;
    std::thread thread;  // last: it uses the members above
};

Pool::Pool(size_t threads_max) : threads_max_(threads_max) {}

Pool::~Pool() {
    {
        const std::lock_guard lock(guard_);
        for (const auto& worker : workers_) {
            worker->is_last = true;
            worker->called.notify_one();
        }
    }
    for (const auto& worker : workers_) {
        worker->thread.join();
    }
}

void Pool::run(Task task) {
    std::unique_lock lock(guard_);
    const auto rests = std::find_if(workers_.begin(), workers_.end(), [](const auto& one) { return one->is_resting; });
    if (rests != workers_.end()) {
        auto& worker = **rests;
        worker.is_resting = false;
        worker.task = std::move(task);
        lock.unlock();  // so that it does not wake to wait for the lock
        worker.called.notify_one();
    } else if (workers_.size() < threads_max_) {
        auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
        worker.task = std::move(task);
        const SignalsBlocked blocked;
        worker.thread = std::thread([this, &worker] { work(worker); });
    } else {
        VIGIE_ASSERT(waiting_.size() < waiting_max);
        waiting_.push_back(std::move(task));
    }
}

void Pool::work(Worker& worker) {
    std::unique_lock lock(guard_);
    while (true) {
        while (worker.task) {
            lock.unlock();
            worker.task();
            worker.task = nullptr;
            lock.lock();
            if (!waiting_.empty()) {
                worker.task = std::move(waiting_.front());
                waiting_.pop_front();
            }
        }
        if (worker.is_last) {
            return;
        }
        worker.is_resting = true;
        worker.called.wait(lock, [&worker] { return !worker.is_resting || worker.is_last; });
    }
}

}  // namespace vigie
