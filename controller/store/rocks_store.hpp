// StateStore on RocksDB. The folder holds: db/ (RocksDB's own files), lock (one controller at a time) and ballast
// (disk_guard.hpp). Every commit is synced. After a crash or with a damaged log the store opens with a prefix of what
// was committed, never with a hole.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "controller/store/disk_guard.hpp"
#include "controller/store/state_store.hpp"
#include "shared/os/fd.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Status;
struct ReadOptions;
}  // namespace rocksdb

namespace vigie::controller {

// The form of the rows on disk. A release that changes it raises the number; an older program then refuses the folder.
//   1: samples as rows in Family::head
//   2: blocks in Family::chunks, in whose place an older program would see nothing
constexpr uint32_t store_schema_version = 2;

class RocksStore final : public StateStore {
  public:
    // Makes the folder when absent. conflict: another process holds it. unsupported: a newer release wrote it. Of a
    // store with an older schema a checkpoint is kept first, in before-schema-<new> of the folder.
    static Result<std::unique_ptr<RocksStore>> open(const std::string& folder, SpaceProbe probe = probe_disk_space);
    ~RocksStore() override;

    // After no_space or io everything can still be read, and each commit first tries to bring RocksDB back. A commit
    // that failed may be found stored after a restart (its log record was whole, only its sync failed).
    Result<void> commit(const StoreBatch& batch) override;
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override;
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override;
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override;
    std::unique_ptr<StoreSnapshot> snapshot() const override;
    std::unique_ptr<StoreSnapshot> snapshot_in_memory() const override;

    // A copy that opens by itself, of hard links where the file system allows. `path` must not exist. The copy's db/ is
    // `path`/db, so that it can take the place of a store's folder. Any thread.
    Result<void> checkpoint(const std::string& path) const;
    // Writes out what is in memory and merges all files, as RocksDB does by itself in time: the folder is then as small
    // as it gets. Blocks its thread; any but the committer's.
    Result<void> merge_files() const;
    // What RocksDB said while opening about log records it had to leave out: names the file. Empty when all was well.
    const std::vector<std::string>& recovery_notes() const { return recovery_notes_; }
    bool is_full() const { return is_full_; }  // any thread

  private:
    friend class RocksCursor;
    friend class RocksSnapshot;
    RocksStore(std::string folder, Fd lock, SpaceProbe probe);
    Result<void> open_database();
    Result<void> check_schema();
    Result<void> write_schema();
    Result<void> raise_schema(uint32_t from);
    Result<void> write_checkpoint(const std::string& path) const;
    Result<void> make_writable();
    // As the options say: of which snapshot, and whether the disk is waited for.
    Result<std::optional<std::string>> get_at(const rocksdb::ReadOptions& options, Family family,
                                              std::string_view key) const;
    Result<void> scan_at(const rocksdb::ReadOptions& options, Family family, std::string_view from, std::string_view to,
                         const Visit& visit) const;
    Result<void> scan_back_at(const rocksdb::ReadOptions& options, Family family, std::string_view from,
                              std::string_view to, const Visit& visit) const;
    Error error_of(const rocksdb::Status& status, std::string_view doing) const;
    rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_.at(static_cast<size_t>(family)); }

    const std::string folder_;
    Fd lock_;  // held as long as the database is open
    DiskGuard guard_;
    std::atomic<bool> is_full_ = false;
    bool needs_resume_ = false;
    std::vector<std::string> recovery_notes_;
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // by Family, then that of "default", which stays empty
};

}  // namespace vigie::controller
