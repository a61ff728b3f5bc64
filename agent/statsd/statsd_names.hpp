// The metric names in use, each with one type whatever its tags, and how many series each has: so that one name neither
// changes its meaning nor takes the places of all others.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/statsd/statsd_line.hpp"

namespace vigie::agent {

class StatsdNames {
  public:
    // Whether the name is free or of that type. A timer has NAME_sum and NAME_count too.
    bool may_have(const std::string& metric, StatsdKind kind) const;

    // One more or less of its keys, which has so many series. A name without keys is free again.
    void add(const std::string& metric, StatsdKind kind, size_t series, bool is_new);
    void remove(const std::string& metric, StatsdKind kind, size_t series);

    size_t series_of(const std::string& metric) const;
    // New ones since begin_day(). A name that was free meanwhile begins at 0.
    size_t begun_of(const std::string& metric) const;
    void begin_day();

  private:
    enum class Role : uint8_t { counter, gauge, timer, set, part_of_timer };
    struct Name {
        Role role = Role::counter;
        size_t keys = 0;
        size_t series = 0;
        size_t begun = 0;
    };
    static Role role_of(StatsdKind kind) { return static_cast<Role>(kind); }
    bool is_free_for(const std::string& metric, Role role) const;

    std::unordered_map<std::string, Name> names_;
};

}  // namespace vigie::agent
