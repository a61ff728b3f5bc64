// The controller's durable state as sorted families of keys. RocksDB in production (rocks_store), a map in tests
// (memory_store); rooms that hold state take a StateStore& and never see which.
// Keys are big-endian so that bytewise order is numeric order (keys.hpp).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie::controller {

// Column families; the names on disk are these words. Add at the end only.
enum class Family : uint8_t {
    meta,
    agents,
    tokens,
    cursor,
    head,
    series,
    sidx,
    chunks,
    schedules,
    jobs,
    runs,
    runidx,
    alerts,
    silences,
    outbox,
    tickets,
    errors,
    backups,
    inventory,
    audit,
    events,
    hosts,
};
constexpr int families_count = 22;
// The column family's name on disk.
std::string_view name_of(Family family);

// Changes that become durable together or not at all.
class StoreBatch {
  public:
    struct Change {
        enum class Kind : uint8_t { put, erase, erase_range };
        Kind kind;
        Family family;
        std::string key;    // of erase_range: the first key erased
        std::string value;  // of erase_range: the first key kept
    };
    void put(Family family, std::string key, std::string value) {
        bytes_ += key.size() + value.size();
        changes_.push_back({Change::Kind::put, family, std::move(key), std::move(value)});
    }
    void erase(Family family, std::string key) {
        changes_.push_back({Change::Kind::erase, family, std::move(key), {}});
    }
    void erase_range(Family family, std::string from, std::string to) {
        changes_.push_back({Change::Kind::erase_range, family, std::move(from), std::move(to)});
    }
    const std::vector<Change>& changes() const { return changes_; }
    bool is_empty() const { return changes_.empty(); }
    Bytes bytes() const { return Bytes{bytes_}; }  // of the keys and values put
    // Takes over all changes of `other`, behind its own.
    void append(StoreBatch&& other);
    // For a step that gives up midway: takes back all changes after the first `count` (changes().size() of before).
    void truncate(size_t count);

  private:
    uint64_t bytes_ = 0;
    std::vector<Change> changes_;
};

// Reading, from any thread.
class StoreReader {
  public:
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;

    virtual ~StoreReader() = default;
    virtual Result<std::optional<std::string>> get(Family family, std::string_view key) const = 0;
    // Visits [from, to) in order over one consistent view, until the visitor returns false. An empty `to`: to the end.
    virtual Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const = 0;
    // The same from the last key below `to` down to `from`.
    virtual Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                                   const Visit& visit) const = 0;
};

// A place among the rows of one family, for whoever looks up many that are near each other. One thread at a time.
class StoreCursor {
  public:
    virtual ~StoreCursor() = default;
    // Each gives whether there is a row; the first looks at or after `key`, the second at or before it.
    virtual bool seek(std::string_view key) = 0;
    virtual bool seek_back(std::string_view key) = 0;
    virtual bool next() = 0;  // only from a row
    virtual bool is_at_row() const = 0;
    // Of the row, until it moves.
    virtual std::string_view key() const = 0;
    virtual std::string_view value() const = 0;
    virtual Result<void> status() const = 0;  // why there is no row, when that is a failure
};

// All families as of one moment, whatever is committed meanwhile. Any thread; ends before the store does.
class StoreSnapshot : public StoreReader {
  public:
    virtual std::unique_ptr<StoreCursor> cursor(Family family) const = 0;  // ends before the snapshot does
};

class StateStore : public StoreReader {
  public:
    // Returns after the batch is synced. Only the committer's thread calls it (committer.hpp).
    // no_space when the disk is full: nothing of the batch is applied.
    virtual Result<void> commit(const StoreBatch& batch) = 0;
    // Any thread. What it is without an override is for tests' doubles: it reads through this store, as it is then.
    virtual std::unique_ptr<StoreSnapshot> snapshot() const;
    // For who may not wait for the disk: what would have to be read from there can't be read, and its error says so.
    virtual std::unique_ptr<StoreSnapshot> snapshot_in_memory() const { return snapshot(); }
};

// What get would give once `batch` is committed. Walks the batch from its end: for commands of people (a token, a
// silence), not for every sample.
Result<std::optional<std::string>> get_through(const StateStore& store, const StoreBatch& batch, Family family,
                                               std::string_view key);

}  // namespace vigie::controller
