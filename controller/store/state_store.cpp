// Names of the families, and reading through a batch.
#include "controller/store/state_store.hpp"

#include <array>
#include <span>

#include "shared/core/assert.hpp"

namespace vigie::controller {

std::string_view name_of(Family family) {
    static constexpr std::array<std::string_view, families_count> names = {
        "meta",      "agents",  "tokens",    "cursor", "head",   "series",   "sidx",   "chunks",
        "schedules", "jobs",    "runs",      "runidx", "alerts", "silences", "outbox", "tickets",
        "errors",    "backups", "inventory", "audit",  "events", "hosts"};
    return names.at(static_cast<size_t>(family));
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
