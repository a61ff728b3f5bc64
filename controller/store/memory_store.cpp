// Batches applied to maps.
#include "controller/store/memory_store.hpp"

namespace vigie::controller {

Result<void> MemoryStore::commit(const StoreBatch& batch) {
    if (fail_commits_with) {
        return fail(*fail_commits_with);
    }
    ++commits;
    for (const auto& change : batch.changes()) {
        auto& rows = families_[static_cast<size_t>(change.family)];
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
    const auto& rows = families_[static_cast<size_t>(family)];
    const auto found = rows.find(key);
    return found == rows.end() ? std::optional<std::string>{} : found->second;
}

Result<void> MemoryStore::scan(Family family, std::string_view from, std::string_view to,
                               const std::function<bool(std::string_view, std::string_view)>& visit) const {
    const auto& rows = families_[static_cast<size_t>(family)];
    const auto end = to.empty() ? rows.end() : rows.lower_bound(to);
    for (auto row = rows.lower_bound(from); row != end && row != rows.end(); ++row) {
        if (!visit(row->first, row->second)) {
            break;
        }
    }
    return {};
}

Result<void> MemoryStore::scan_back(Family family, std::string_view from, std::string_view to,
                                    const std::function<bool(std::string_view, std::string_view)>& visit) const {
    const auto& rows = families_[static_cast<size_t>(family)];
    const auto begin = rows.lower_bound(from);
    auto row = to.empty() ? rows.end() : rows.lower_bound(to);
    while (row != begin) {
        --row;
        if (!visit(row->first, row->second)) {
            break;
        }
    }
    return {};
}

}  // namespace vigie::controller
