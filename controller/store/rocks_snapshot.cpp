// RocksDB's snapshots and iterators behind StoreSnapshot and StoreCursor.
#include <rocksdb/db.h>

#include "controller/store/rocks_store.hpp"

namespace vigie::controller {

namespace {

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& text) {
    return {text.data(), text.size()};
}

}  // namespace

class RocksCursor final : public StoreCursor {
  public:
    RocksCursor(const RocksStore& store, std::unique_ptr<rocksdb::Iterator> row)
        : store_(store), row_(std::move(row)) {}
    bool seek(std::string_view key) override {
        row_->Seek(slice(key));
        return row_->Valid();
    }
    bool seek_back(std::string_view key) override {
        row_->SeekForPrev(slice(key));
        return row_->Valid();
    }
    bool next() override {
        row_->Next();
        return row_->Valid();
    }
    bool is_at_row() const override { return row_->Valid(); }
    std::string_view key() const override { return view(row_->key()); }
    std::string_view value() const override { return view(row_->value()); }
    Result<void> status() const override;

  private:
    const RocksStore& store_;
    std::unique_ptr<rocksdb::Iterator> row_;
};

class RocksSnapshot final : public StoreSnapshot {
  public:
    RocksSnapshot(const RocksStore& store, rocksdb::ReadTier tier) : store_(store) {
        options_.snapshot = store.db_->GetSnapshot();
        options_.read_tier = tier;
    }
    ~RocksSnapshot() override { store_.db_->ReleaseSnapshot(options_.snapshot); }
    RocksSnapshot(const RocksSnapshot&) = delete;
    RocksSnapshot& operator=(const RocksSnapshot&) = delete;

    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return store_.get_at(options_, family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        return store_.scan_at(options_, family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return store_.scan_back_at(options_, family, from, to, visit);
    }
    std::unique_ptr<StoreCursor> cursor(Family family) const override {
        return std::make_unique<RocksCursor>(
            store_, std::unique_ptr<rocksdb::Iterator>(store_.db_->NewIterator(options_, store_.handle(family))));
    }

  private:
    const RocksStore& store_;
    rocksdb::ReadOptions options_;
};

Result<void> RocksCursor::status() const {
    const auto status = row_->status();
    return status.ok() ? Result<void>() : fail(store_.error_of(status, "read"));
}

std::unique_ptr<StoreSnapshot> RocksStore::snapshot() const {
    return std::make_unique<RocksSnapshot>(*this, rocksdb::kReadAllTier);
}

std::unique_ptr<StoreSnapshot> RocksStore::snapshot_in_memory() const {
    return std::make_unique<RocksSnapshot>(*this, rocksdb::kBlockCacheTier);
}

}  // namespace vigie::controller
