// The lock files by which programs that share a repository keep off each other's toes. Format: restic's doc/design.rst,
// "Locks", with two fields of our own (boot_id, pid_started) that restic passes over.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/repository.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent::backup {

struct LockHolder {
    Moment time;
    bool is_exclusive = false;
    std::string host;
    std::string user;
    uint64_t pid = 0;
    std::string boot_id;       // empty in restic's own locks
    uint64_t pid_started = 0;  // clock ticks after boot; 0 in restic's own locks
};

std::string format_lock(const LockHolder& holder);
Result<LockHolder> parse_lock(std::string_view json, std::string_view what);

// What a lock's staleness is judged by.
struct LockSight {
    Moment now;
    std::string host;
    std::string boot_id;
    std::function<std::optional<uint64_t>(uint64_t pid)> started_ticks_of;  // nothing: no such process
};
// restic renews its locks each 5 minutes and calls one of 30 stale; we do the same.
constexpr int64_t lock_stale_seconds = 30 * 60;
// Of this host: stale when its process is gone, at once. Of another: when nobody renewed it for 30 minutes.
bool is_stale(const LockHolder& holder, const LockSight& sight);

// Shared: for what only adds or reads. Exclusive: for what removes.
enum class LockMode { shared, exclusive };

// A lock, held until it is destroyed.
class RepositoryLock {
  public:
    // Removes stale locks, telling of each in `notes`. conflict when another holds an exclusive one or, of an exclusive
    // lock, any other, also one that can't be read.
    static Result<std::unique_ptr<RepositoryLock>> take(Repository& repository, Clock& clock,
                                                        std::vector<std::string>& notes,
                                                        LockMode mode = LockMode::shared);
    ~RepositoryLock();
    RepositoryLock(const RepositoryLock&) = delete;
    RepositoryLock& operator=(const RepositoryLock&) = delete;

    // Cheap; call it often. Renews the lock each 5 minutes. conflict when the lock was lost: somebody judged us dead
    // and may have removed data that we count on, so the run must end without a snapshot.
    Result<void> renew_if_due();
    // The same question, asked now: before a snapshot is written or data removed.
    Result<void> confirm();

  private:
    RepositoryLock(Repository& repository, Clock& clock, LockMode mode)
        : repository_(repository), clock_(clock), mode_(mode) {}
    Result<void> write();

    Repository& repository_;
    Clock& clock_;
    LockMode mode_;
    Id id_;
    MonoTime written_at_{};
};

struct UnlockReport {
    uint64_t removed = 0;
    uint64_t left = 0;  // of living processes, or not readable
    std::vector<std::string> notes;
};
// Removes stale locks, or all of them whoever holds them. Takes none itself.
Result<UnlockReport> unlock_repository(Repository& repository, const Clock& clock, bool all);

}  // namespace vigie::agent::backup
