// StateStore in a map, for tests and simulations: the same answers, nothing durable. `fail_commits_with` makes the next
// commits fail, as a full disk does.
#pragma once
#include <array>
#include <map>

#include "controller/store/state_store.hpp"

namespace vigie::controller {

class MemoryStore final : public StateStore {
  public:
    MemoryStore();
    Result<void> commit(const StoreBatch& batch) override;
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override;
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override;

    std::unique_ptr<StoreSnapshot> snapshot() const override;

    std::optional<Error> fail_commits_with;
    size_t commits = 0;

  private:
    friend class MemorySnapshot;
    using Rows = std::map<std::string, std::string, std::less<>>;
    Rows& writable(Family family);
    // Shared with the snapshots that see them; a commit copies what one still sees.
    std::array<std::shared_ptr<Rows>, families_count> families_;
};

}  // namespace vigie::controller
