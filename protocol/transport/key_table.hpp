// Which public key is which agent: what the ZAP thread asks and the controller changes. Keys that were somebody's and
// are let in no more are remembered, so that whoever still offers one can be named. Safe from any thread.
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
    // The key is nobody's from now on, and was this agent's.
    void bar(std::string public_key, AgentId agent);
    // Whose it was; nullopt unless it is barred.
    std::optional<AgentId> former(std::string_view public_key) const;
    void replace_all(std::unordered_map<std::string, AgentId> keys,
                     std::unordered_map<std::string, AgentId> barred = {});
    size_t size() const;

  private:
    mutable std::mutex guard_;
    std::unordered_map<std::string, AgentId> keys_;
    std::unordered_map<std::string, AgentId> barred_;
};

}  // namespace vigie::protocol
