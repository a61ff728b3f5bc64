// A store as far as it is in memory, for readers that may not wait for the disk (StateStore::snapshot_in_memory).
#pragma once
#include "controller/store/state_store.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

class InMemory final : public StateStore {
  public:
    explicit InMemory(const StateStore& store) : store_(store) {}  // keeps the reference

    Result<void> commit(const StoreBatch&) override { VIGIE_ASSERT(false); }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return snapshot()->get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        return snapshot()->scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return snapshot()->scan_back(family, from, to, visit);
    }
    std::unique_ptr<StoreSnapshot> snapshot() const override { return store_.snapshot_in_memory(); }

  private:
    const StateStore& store_;
};

}  // namespace vigie::controller
