// A locked map: a look-up takes well under a microsecond, a handshake about a hundred.
#include "protocol/transport/key_table.hpp"

namespace vigie::protocol {

std::optional<AgentId> KeyTable::find(std::string_view public_key) const {
    const std::lock_guard lock(guard_);
    const auto found = keys_.find(std::string(public_key));
    return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

void KeyTable::put(std::string public_key, AgentId agent) {
    const std::lock_guard lock(guard_);
    keys_.insert_or_assign(std::move(public_key), std::move(agent));
}

void KeyTable::erase(std::string_view public_key) {
    const std::lock_guard lock(guard_);
    keys_.erase(std::string(public_key));
}

void KeyTable::erase_agent(const AgentId& agent) {
    const std::lock_guard lock(guard_);
    std::erase_if(keys_, [&](const auto& entry) { return entry.second == agent; });
}

void KeyTable::bar(std::string public_key, AgentId agent) {
    const std::lock_guard lock(guard_);
    keys_.erase(public_key);
    barred_.insert_or_assign(std::move(public_key), std::move(agent));
}

std::optional<AgentId> KeyTable::former(std::string_view public_key) const {
    const std::lock_guard lock(guard_);
    const auto found = barred_.find(std::string(public_key));
    return found == barred_.end() ? std::nullopt : std::optional(found->second);
}

void KeyTable::replace_all(std::unordered_map<std::string, AgentId> keys,
                           std::unordered_map<std::string, AgentId> barred) {
    const std::lock_guard lock(guard_);
    keys_ = std::move(keys);
    barred_ = std::move(barred);
}

size_t KeyTable::size() const {
    const std::lock_guard lock(guard_);
    return keys_.size();
}

}  // namespace vigie::protocol
