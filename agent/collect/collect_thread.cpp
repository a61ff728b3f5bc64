// All of Shared is under its mutex but the set: that is the thread's while a reading is under way, else the owner's.
#include "agent/collect/collect_thread.hpp"

#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "shared/core/assert.hpp"
#include "shared/os/threads.hpp"

namespace vigie::agent {
namespace {

// The deepest are the walk through control groups, eight folders down, and what the sanitizers add; of these pages a
// few are touched.
constexpr Bytes collect_stack = 256_KiB;

}  // namespace

struct CollectThread::Shared {
    Shared(std::unique_ptr<CollectorSet> given, int given_ended) : set(std::move(given)), ended(given_ended) {}
    const std::unique_ptr<CollectorSet> set;
    const int ended;
    std::mutex mutex;
    std::condition_variable work;
    WallTime now;
    bool is_under_way = false;
    std::optional<Running> running;
    bool is_given_up = false;
    bool is_closed = false;  // the owner has gone
};

namespace {

using Shared = CollectThread::Shared;

bool begin_one(Shared& shared, const char* collector, MonoTime now) {
    const std::lock_guard lock(shared.mutex);
    if (shared.is_given_up || shared.is_closed) {
        return false;
    }
    shared.running = CollectThread::Running{collector, now};
    return true;
}

// Under the lock, so that `ended` is open still: it never blocks before 2^64 - 1 readings that nobody took.
void tell_end(const Shared& shared) {
    const uint64_t one = 1;
    VIGIE_ASSERT(write(shared.ended, &one, sizeof(one)) == static_cast<ssize_t>(sizeof(one)));
}

void run_readings(void* raw) {
    const std::unique_ptr<Shared> shared(static_cast<Shared*>(raw));
    std::unique_lock lock(shared->mutex);
    while (!shared->is_closed) {
        if (!shared->is_under_way) {
            shared->work.wait(lock);
            continue;
        }
        const auto now = shared->now;
        lock.unlock();
        shared->set->read(now, [&](const char* collector, MonoTime at) { return begin_one(*shared, collector, at); });
        lock.lock();
        shared->running.reset();
        shared->is_under_way = false;
        if (!shared->is_closed && !shared->is_given_up) {
            tell_end(*shared);
        }
    }
}

}  // namespace

Result<std::unique_ptr<CollectThread>> CollectThread::start(std::unique_ptr<CollectorSet> set, int ended) {
    auto shared = std::make_unique<Shared>(std::move(set), ended);
    VIGIE_CHECK(start_detached_thread("vigie-collect", collect_stack, run_readings, shared.get()));
    return std::unique_ptr<CollectThread>(new CollectThread(shared.release()));
}

CollectThread::~CollectThread() {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_closed = true;
    shared_->work.notify_one();
}

CollectorSet& CollectThread::set() {
    VIGIE_ASSERT(is_idle());
    return *shared_->set;
}

void CollectThread::begin(WallTime now) {
    set().prepare();
    const std::lock_guard lock(shared_->mutex);
    VIGIE_ASSERT(!shared_->is_given_up);
    shared_->now = now;
    shared_->is_under_way = true;
    shared_->work.notify_one();
}

bool CollectThread::is_idle() const {
    const std::lock_guard lock(shared_->mutex);
    return !shared_->is_under_way;
}

std::optional<CollectThread::Running> CollectThread::running() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->running;
}

std::optional<CollectThread::Running> CollectThread::give_up_if_since(MonoTime limit) {
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->running || shared_->running->since > limit) {
        return std::nullopt;
    }
    shared_->is_given_up = true;
    return shared_->running;
}

}  // namespace vigie::agent
