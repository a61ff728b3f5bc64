// Which public key is which agent: what the ZAP thread asks and the controller changes. Safe from any thread.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "shared/core/ids.hpp"

namespace vigie::protocol {

class KeyTable {
  public:
    // nullopt: the key is unknown, or revoked.
    std::optional<AgentId> find(std::string_view public_key) const;
    void put(std::string public_key, AgentId agent);
    void erase(std::string_view public_key);
    // All keys of one agent: during a rotation there are two.
    void erase_agent(const AgentId& agent);
    void replace_all(std::unordered_map<std::string, AgentId> keys);
    size_t size() const;

  private:
    mutable std::mutex guard_;
    std::unordered_map<std::string, AgentId> keys_;
};

}  // namespace vigie::protocol
