// Reading, committing and recovering. Options and opening: rocks_open.cpp.
#include "controller/store/rocks_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>

#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

namespace {

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& text) {
    return {text.data(), text.size()};
}

}  // namespace

RocksStore::~RocksStore() {
    if (!db_) {
        return;
    }
    for (auto* column : handles_) {
        db_->DestroyColumnFamilyHandle(column);
    }
    if (const auto closed = db_->Close(); !closed.ok()) {
        log::error("{}", error_of(closed, "close").message);
    }
}

Error RocksStore::error_of(const rocksdb::Status& status, std::string_view doing) const {
    const auto code = status.IsNoSpace()      ? ErrorCode::no_space
                      : status.IsCorruption() ? ErrorCode::corrupt
                      : status.IsNotFound()   ? ErrorCode::not_found
                                              : ErrorCode::io;
    auto reason = status.ToString();
    reason.resize(reason.find_last_not_of('\n') + 1);  // RocksDB ends some of its sentences with one
    return Error{code, fmt::format("store {}: {}: {}{}", folder_, doing, reason,
                                   code == ErrorCode::corrupt ? ": its files are damaged; check the disk, and restore "
                                                                "this folder from a backup"
                                                              : "")};
}

// Refuses while the disk is full, and brings RocksDB back from an earlier failure.
Result<void> RocksStore::make_writable() {
    const bool has_room = guard_.has_room();
    is_full_ = guard_.is_full();
    if (!has_room) {
        needs_resume_ = true;
        return fail(ErrorCode::no_space, "store: {}", guard_.explain());
    }
    if (!needs_resume_) {
        return {};
    }
    if (const auto resumed = db_->Resume(); !resumed.ok()) {
        return fail(error_of(resumed, "resume after an error"));
    }
    needs_resume_ = false;
    return {};
}

Result<void> RocksStore::commit(const StoreBatch& batch) {
    VIGIE_CHECK(make_writable());
    rocksdb::WriteBatch writes(batch.bytes().count + batch.changes().size() * 16);
    for (const auto& change : batch.changes()) {
        auto* column = handle(change.family);
        switch (change.kind) {
            case StoreBatch::Change::Kind::put:
                writes.Put(column, change.key, change.value);
                break;
            case StoreBatch::Change::Kind::erase:
                writes.Delete(column, change.key);
                break;
            case StoreBatch::Change::Kind::erase_range:
                if (change.key < change.value) {
                    writes.DeleteRange(column, change.key, change.value);
                }
                break;
        }
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto written = db_->Write(options, &writes);
    if (written.ok()) {
        return {};
    }
    needs_resume_ = true;
    if (written.IsNoSpace()) {
        guard_.enter_full();
        is_full_ = true;
    }
    return fail(error_of(written, "commit"));
}

Result<std::optional<std::string>> RocksStore::get(Family family, std::string_view key) const {
    return get_at({}, family, key);
}

Result<void> RocksStore::scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const {
    return scan_at({}, family, from, to, visit);
}

Result<void> RocksStore::scan_back(Family family, std::string_view from, std::string_view to,
                                   const Visit& visit) const {
    return scan_back_at({}, family, from, to, visit);
}

Result<std::optional<std::string>> RocksStore::get_at(const rocksdb::ReadOptions& options, Family family,
                                                      std::string_view key) const {
    std::string value;
    const auto found = db_->Get(options, handle(family), slice(key), &value);
    if (found.IsNotFound()) {
        return std::nullopt;
    }
    if (!found.ok()) {
        return fail(error_of(found, fmt::format("read of family {}", name_of(family))));
    }
    return value;
}

Result<void> RocksStore::scan_at(const rocksdb::ReadOptions& options, Family family, std::string_view from,
                                 std::string_view to, const Visit& visit) const {
    auto bounded = options;
    const auto end = slice(to);
    if (!to.empty()) {
        bounded.iterate_upper_bound = &end;
    }
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(bounded, handle(family)));
    for (row->Seek(slice(from)); row->Valid() && visit(view(row->key()), view(row->value())); row->Next()) {
    }
    if (!row->status().ok()) {
        return fail(error_of(row->status(), fmt::format("scan of family {}", name_of(family))));
    }
    return {};
}

Result<void> RocksStore::scan_back_at(const rocksdb::ReadOptions& options, Family family, std::string_view from,
                                      std::string_view to, const Visit& visit) const {
    auto bounded = options;
    const auto begin = slice(from);
    const auto end = slice(to);
    bounded.iterate_lower_bound = &begin;
    if (!to.empty()) {
        bounded.iterate_upper_bound = &end;
    }
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(bounded, handle(family)));
    for (row->SeekToLast(); row->Valid() && visit(view(row->key()), view(row->value())); row->Prev()) {
    }
    if (!row->status().ok()) {
        return fail(error_of(row->status(), fmt::format("scan of family {}", name_of(family))));
    }
    return {};
}

Result<void> RocksStore::merge_files() const {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    for (auto* column : handles_) {
        if (const auto flushed = db_->Flush({}, column); !flushed.ok()) {
            return fail(error_of(flushed, "flush"));
        }
        if (const auto merged = db_->CompactRange(options, column, nullptr, nullptr); !merged.ok()) {
            return fail(error_of(merged, "merge files"));
        }
    }
    return {};
}

Result<void> RocksStore::checkpoint(const std::string& path) const {
    SystemFiles files;
    if (files.is_present(path)) {
        return fail(ErrorCode::exists, "store: checkpoint folder {} exists already", path);
    }
    return write_checkpoint(path);
}

// The copy appears whole or not at all under its name.
Result<void> RocksStore::write_checkpoint(const std::string& path) const {
    VIGIE_CHECK(SystemFiles().make_directories(path, 0700));
    rocksdb::Checkpoint* made = nullptr;
    if (const auto status = rocksdb::Checkpoint::Create(db_.get(), &made); !status.ok()) {
        return fail(error_of(status, "checkpoint"));
    }
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (const auto status = checkpoint->CreateCheckpoint(join_path(path, "db")); !status.ok()) {
        return fail(error_of(status, "checkpoint to " + path));
    }
    return {};
}

}  // namespace vigie::controller
