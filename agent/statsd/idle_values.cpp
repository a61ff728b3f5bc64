// A list in the order of going, and an index.
#include "agent/statsd/idle_values.hpp"

namespace vigie::agent {

void IdleValues::put(uint64_t hash, const IdleValue& value) {
    take(hash);
    if (kept_.size() == max_) {
        by_hash_.erase(kept_.front().hash);
        kept_.pop_front();
    }
    kept_.push_back({hash, value});
    by_hash_.emplace(hash, std::prev(kept_.end()));
}

std::optional<IdleValue> IdleValues::take(uint64_t hash) {
    const auto known = by_hash_.find(hash);
    if (known == by_hash_.end()) {
        return std::nullopt;
    }
    const auto value = known->second->value;
    kept_.erase(known->second);
    by_hash_.erase(known);
    return value;
}

}  // namespace vigie::agent
