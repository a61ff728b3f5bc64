// Workers around one queue. Everything in Shared is under its mutex.
#include "agent/collect/mount_prober.hpp"

#include <sys/statfs.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "shared/log/log.hpp"
#include "shared/os/threads.hpp"

namespace vigie::agent {
namespace {

// statfs and what the sanitizers add to it; of these pages two are touched.
constexpr Bytes worker_stack = 128_KiB;

struct Probe {
    bool is_pending = false;  // queued or with a worker
    bool is_reported = false;
    MonoTime since;
    std::optional<FileSystemReading> reading;
};

}  // namespace

struct MountProber::Shared {
    Shared(FileSystemReader& given, ProbeWaits given_waits) : reader(given), waits(given_waits) {}
    FileSystemReader& reader;
    const ProbeWaits waits;
    std::mutex mutex;
    std::condition_variable work;
    std::condition_variable done;
    std::map<std::string, Probe> probes;
    std::deque<std::string> queue;
    size_t workers = 0;
    size_t busy = 0;
    bool is_closed = false;
};

Result<FileSystemReading> SystemFileSystemReader::read(const std::string& path) {
    struct statfs raw {};
    if (statfs(path.c_str(), &raw) != 0) {
        return fail(errno_error(errno, "statfs " + path));
    }
    return FileSystemReading{.block_bytes = static_cast<uint64_t>(raw.f_bsize),
                             .blocks = raw.f_blocks,
                             .blocks_free = raw.f_bfree,
                             .blocks_available = raw.f_bavail,
                             .files = raw.f_files,
                             .files_free = raw.f_ffree};
}

namespace {

using Shared = MountProber::Shared;

// Takes one path off the queue, reads it without the lock, and files the answer.
void work_on_next(Shared& shared, std::unique_lock<std::mutex>& lock) {
    const auto path = std::move(shared.queue.front());
    shared.queue.pop_front();
    ++shared.busy;
    lock.unlock();
    auto reading = shared.reader.read(path);
    lock.lock();
    --shared.busy;
    auto& probe = shared.probes[path];
    probe.is_pending = false;
    probe.is_reported = false;
    probe.reading = reading ? std::optional(*reading) : std::nullopt;
    if (shared.queue.empty()) {
        shared.done.notify_one();
    }
}

void run_worker(void* raw) {
    auto* shared = static_cast<Shared*>(raw);
    std::unique_lock lock(shared->mutex);
    for (;;) {
        // One idle worker is enough: others came while some hung.
        const bool is_spare = shared->queue.empty() && shared->workers - shared->busy > 1;
        if (shared->is_closed || is_spare) {
            break;
        }
        if (shared->queue.empty()) {
            shared->work.wait(lock);
            continue;
        }
        work_on_next(*shared, lock);
    }
    const bool is_last = --shared->workers == 0 && shared->is_closed;
    lock.unlock();
    if (is_last) {
        delete shared;
    }
}

void add_worker(Shared& shared) {
    if (shared.workers >= probe_workers_max) {
        return;
    }
    ++shared.workers;
    if (auto started = start_detached_thread("vigie-statfs", worker_stack, run_worker, &shared); !started) {
        --shared.workers;
        log::warning("file systems are not read: {}", started.error().message);
    }
}

void queue_all(Shared& shared, const std::vector<std::string>& paths, MonoTime now) {
    for (const auto& path : paths) {
        auto& probe = shared.probes[path];
        if (!probe.is_pending) {
            probe.is_pending = true;
            probe.since = now;
            shared.queue.push_back(path);
        }
    }
    if (!shared.queue.empty() && shared.workers == shared.busy) {
        add_worker(shared);
    }
    shared.work.notify_one();
}

bool has_pending_since(const Shared& shared, MonoTime now) {
    return std::any_of(shared.probes.begin(), shared.probes.end(),
                       [&](const auto& entry) { return entry.second.is_pending && entry.second.since == now; });
}

void wait_for_answers(Shared& shared, std::unique_lock<std::mutex>& lock, MonoTime now) {
    for (auto waited = 0ms; waited < shared.waits.longest; waited += shared.waits.patience) {
        if (shared.done.wait_for(lock, shared.waits.patience, [&] { return !has_pending_since(shared, now); })) {
            return;
        }
        if (!shared.queue.empty() && shared.workers == shared.busy) {
            add_worker(shared);
        }
    }
}

std::optional<FileSystemReading> outcome_of(Probe& probe, const std::string& path, MonoTime now) {
    if (probe.is_pending && now - probe.since >= stuck_after) {
        if (!std::exchange(probe.is_reported, true)) {
            log::warning("the file system at {} has not answered for {}", path, format_duration(stuck_after));
        }
        return std::nullopt;
    }
    return probe.reading;
}

}  // namespace

MountProber::MountProber(FileSystemReader& reader, ProbeWaits waits) : shared_(new Shared(reader, waits)) {}

MountProber::~MountProber() {
    std::unique_lock lock(shared_->mutex);
    shared_->is_closed = true;
    shared_->queue.clear();
    shared_->work.notify_all();
    const bool is_last = shared_->workers == 0;
    lock.unlock();
    if (is_last) {
        delete shared_;
    }
}

std::vector<std::optional<FileSystemReading>> MountProber::probe(const std::vector<std::string>& paths, MonoTime now) {
    std::unique_lock lock(shared_->mutex);
    std::erase_if(shared_->probes, [&](const auto& entry) {
        return !entry.second.is_pending && std::find(paths.begin(), paths.end(), entry.first) == paths.end();
    });
    queue_all(*shared_, paths, now);
    wait_for_answers(*shared_, lock, now);
    std::vector<std::optional<FileSystemReading>> outcomes;
    outcomes.reserve(paths.size());
    for (const auto& path : paths) {
        outcomes.push_back(outcome_of(shared_->probes[path], path, now));
    }
    return outcomes;
}

size_t MountProber::busy_workers() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->busy;
}

}  // namespace vigie::agent
