// Values of series that went idle, so that they go on from where they were. The one that went first is forgotten first.
#pragma once
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

namespace vigie::agent {

struct IdleValue {
    double value = 0;  // a timer's sum
    double count = 0;  // of a timer
};

class IdleValues {
  public:
    explicit IdleValues(size_t max) : max_(max) {}

    // By a hash of what tells series apart. When it is full the oldest makes way: that series begins anew, which
    // PromQL sees as a reset.
    void put(uint64_t hash, const IdleValue& value);
    bool has(uint64_t hash) const { return by_hash_.contains(hash); }
    // Gives it and forgets it.
    std::optional<IdleValue> take(uint64_t hash);

  private:
    struct Kept {
        uint64_t hash = 0;
        IdleValue value;
    };
    const size_t max_;
    std::list<Kept> kept_;  // the oldest first
    std::unordered_map<uint64_t, std::list<Kept>::iterator> by_hash_;
};

}  // namespace vigie::agent
