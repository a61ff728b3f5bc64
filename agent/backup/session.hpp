// One command's world: the real storage, clock and random bytes, the opened repository and its lock.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/backup/access.hpp"
#include "agent/backup/local_storage.hpp"
#include "agent/backup/lock.hpp"

namespace vigie::agent::backup {

std::string current_folder();
// The first line; denied when others may read the file.
Result<std::string> read_password(const std::string& path);

// A snapshot as a person names it.
struct SnapshotName {
    std::string snapshot;  // "latest", or the first digits of its id
    std::string host;      // these two narrow down "latest"
    std::string tag;
};

struct Session {
    explicit Session(const Access& access);
    Result<void> open(const Access& access);
    Result<void> take_lock(LockMode mode, std::vector<std::string>& notes);
    // For reading. Where nothing can be written the medium is read-only, and nobody can remove anything either.
    Result<void> lock_for_reading(std::vector<std::string>& notes);
    // Snapshots that can't be read are told in `notes`, and refuse "latest".
    Result<Snapshot> find_snapshot(const SnapshotName& name, std::vector<std::string>& notes);
    // For reading: what is broken or lost is told in `notes` and passed over.
    Result<void> load_index(std::vector<std::string>& notes);
    Moment now() const;

    SystemRandom random;
    SystemClock clock;
    LocalStorage storage;
    std::unique_ptr<Repository> repository;
    std::unique_ptr<RepositoryLock> lock;
};

}  // namespace vigie::agent::backup
