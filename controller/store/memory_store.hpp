// StateStore in a map, for tests and simulations: the same answers, nothing durable. `fail_commits_with` makes the next
// commits fail, as a full disk does.
#pragma once
#include <map>

#include "controller/store/state_store.hpp"

namespace vigie::controller {

class MemoryStore final : public StateStore {
  public:
    Result<void> commit(const StoreBatch& batch) override;
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override;
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override;

    std::optional<Error> fail_commits_with;
    size_t commits = 0;

  private:
    using Rows = std::map<std::string, std::string, std::less<>>;
    std::array<Rows, families_count> families_;
};

}  // namespace vigie::controller
