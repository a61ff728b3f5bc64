// Batches applied to maps.
#include "controller/store/memory_store.hpp"

namespace vigie::controller {

namespace {
using Rows = std::map<std::string, std::string, std::less<>>;

void scan_rows(const Rows& rows, std::string_view from, std::string_view to, const StoreReader::Visit& visit) {
    const auto end = to.empty() ? rows.end() : rows.lower_bound(to);
    for (auto row = rows.lower_bound(from); row != end && row != rows.end(); ++row) {
        if (!visit(row->first, row->second)) {
            break;
        }
    }
}

void scan_rows_back(const Rows& rows, std::string_view from, std::string_view to, const StoreReader::Visit& visit) {
    const auto begin = rows.lower_bound(from);
    auto row = to.empty() ? rows.end() : rows.lower_bound(to);
    while (row != begin) {
        --row;
        if (!visit(row->first, row->second)) {
            break;
        }
    }
}

std::optional<std::string> get_row(const Rows& rows, std::string_view key) {
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
}

class MemoryCursor final : public StoreCursor {
  public:
    explicit MemoryCursor(const Rows& rows) : rows_(rows), row_(rows.end()) {}
    bool seek(std::string_view key) override {
        row_ = rows_.lower_bound(key);
        return is_at_row();
    }
    bool seek_back(std::string_view key) override {
        row_ = rows_.upper_bound(key);
        row_ = row_ == rows_.begin() ? rows_.end() : std::prev(row_);
        return is_at_row();
    }
    bool next() override { return ++row_ != rows_.end(); }
    bool is_at_row() const override { return row_ != rows_.end(); }
    std::string_view key() const override { return row_->first; }
    std::string_view value() const override { return row_->second; }
    Result<void> status() const override { return {}; }

  private:
    const Rows& rows_;
    Rows::const_iterator row_;
};

}  // namespace

class MemorySnapshot final : public StoreSnapshot {
  public:
    explicit MemorySnapshot(const MemoryStore& store) {
        for (size_t i = 0; i < families_.size(); ++i) {
            families_[i] = store.families_[i];
        }
    }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return get_row(rows(family), key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        scan_rows(rows(family), from, to, visit);
        return {};
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        scan_rows_back(rows(family), from, to, visit);
        return {};
    }
    std::unique_ptr<StoreCursor> cursor(Family family) const override {
        return std::make_unique<MemoryCursor>(rows(family));
    }

  private:
    const Rows& rows(Family family) const { return *families_[static_cast<size_t>(family)]; }
    std::array<std::shared_ptr<const Rows>, families_count> families_;
};

MemoryStore::MemoryStore() {
    for (auto& rows : families_) {
        rows = std::make_shared<Rows>();
    }
}

std::unique_ptr<StoreSnapshot> MemoryStore::snapshot() const {
    return std::make_unique<MemorySnapshot>(*this);
}

MemoryStore::Rows& MemoryStore::writable(Family family) {
    auto& rows = families_[static_cast<size_t>(family)];
    if (rows.use_count() > 1) {
        rows = std::make_shared<Rows>(*rows);
    }
    return *rows;
}

Result<void> MemoryStore::commit(const StoreBatch& batch) {
    if (fail_commits_with) {
        return fail(*fail_commits_with);
    }
    ++commits;
    for (const auto& change : batch.changes()) {
        auto& rows = writable(change.family);
        switch (change.kind) {
            case StoreBatch::Change::Kind::put:
                rows.insert_or_assign(change.key, change.value);
                break;
            case StoreBatch::Change::Kind::erase:
                rows.erase(change.key);
                break;
            case StoreBatch::Change::Kind::erase_range:
                if (change.key < change.value) {
                    rows.erase(rows.lower_bound(change.key), rows.lower_bound(change.value));
                }
                break;
        }
    }
    return {};
}

Result<std::optional<std::string>> MemoryStore::get(Family family, std::string_view key) const {
    return get_row(*families_[static_cast<size_t>(family)], key);
}

Result<void> MemoryStore::scan(Family family, std::string_view from, std::string_view to,
                               const std::function<bool(std::string_view, std::string_view)>& visit) const {
    scan_rows(*families_[static_cast<size_t>(family)], from, to, visit);
    return {};
}

Result<void> MemoryStore::scan_back(Family family, std::string_view from, std::string_view to,
                                    const std::function<bool(std::string_view, std::string_view)>& visit) const {
    scan_rows_back(*families_[static_cast<size_t>(family)], from, to, visit);
    return {};
}

}  // namespace vigie::controller
