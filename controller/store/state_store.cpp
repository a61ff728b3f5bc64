// Names of the families, reading through a batch, and snapshots of stores that have none.
#include "controller/store/state_store.hpp"

#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "shared/core/assert.hpp"

namespace vigie::controller {
namespace {

// Finds each row by a scan of its own.
class ScanningCursor final : public StoreCursor {
  public:
    ScanningCursor(const StoreReader& store, Family family) : store_(store), family_(family) {}
    bool seek(std::string_view key) override {
        return take([&](const auto& visit) { return store_.scan(family_, key, "", visit); });
    }
    bool seek_back(std::string_view key) override {
        const auto after = std::string(key) + '\0';
        return take([&](const auto& visit) { return store_.scan_back(family_, "", after, visit); });
    }
    bool next() override { return seek(std::string(key_) + '\0'); }
    bool is_at_row() const override { return is_at_row_; }
    std::string_view key() const override { return key_; }
    std::string_view value() const override { return value_; }
    Result<void> status() const override { return status_; }

  private:
    template <typename Scan>
    bool take(const Scan& scan) {
        is_at_row_ = false;
        status_ = scan([this](std::string_view key, std::string_view value) {
            key_ = key;
            value_ = value;
            is_at_row_ = true;
            return false;
        });
        return is_at_row_;
    }
    const StoreReader& store_;
    const Family family_;
    std::string key_;
    std::string value_;
    bool is_at_row_ = false;
    Result<void> status_;
};

class PassedThrough final : public StoreSnapshot {
  public:
    explicit PassedThrough(const StoreReader& store) : store_(store) {}
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return store_.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        return store_.scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return store_.scan_back(family, from, to, visit);
    }
    std::unique_ptr<StoreCursor> cursor(Family family) const override {
        return std::make_unique<ScanningCursor>(store_, family);
    }

  private:
    const StoreReader& store_;
};

}  // namespace

std::unique_ptr<StoreSnapshot> StateStore::snapshot() const {
    return std::make_unique<PassedThrough>(*this);
}

std::string_view name_of(Family family) {
    static constexpr std::array<std::string_view, families_count> names = {
        "meta",      "agents",  "tokens",    "cursor", "head",   "series",   "sidx",   "chunks",
        "schedules", "jobs",    "runs",      "runidx", "alerts", "silences", "outbox", "tickets",
        "errors",    "backups", "inventory", "audit",  "events", "hosts"};
    return names.at(static_cast<size_t>(family));
}

void StoreBatch::append(StoreBatch&& other) {
    bytes_ += std::exchange(other.bytes_, 0);
    changes_.insert(changes_.end(), std::make_move_iterator(other.changes_.begin()),
                    std::make_move_iterator(other.changes_.end()));
    other.changes_.clear();
}

void StoreBatch::truncate(size_t count) {
    VIGIE_ASSERT(count <= changes_.size());
    for (const auto& change : std::span(changes_).subspan(count)) {
        if (change.kind == Change::Kind::put) {
            bytes_ -= change.key.size() + change.value.size();
        }
    }
    changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(count), changes_.end());
}

Result<std::optional<std::string>> get_through(const StateStore& store, const StoreBatch& batch, Family family,
                                               std::string_view key) {
    const auto& changes = batch.changes();
    for (auto last = changes.rbegin(); last != changes.rend(); ++last) {
        const auto& change = *last;
        if (change.family != family) {
            continue;
        }
        if (change.kind == StoreBatch::Change::Kind::erase_range) {
            if (change.key <= key && key < change.value) {
                return std::nullopt;
            }
        } else if (change.key == key) {
            return change.kind == StoreBatch::Change::Kind::put ? std::optional(change.value) : std::nullopt;
        }
    }
    return store.get(family, key);
}

}  // namespace vigie::controller
