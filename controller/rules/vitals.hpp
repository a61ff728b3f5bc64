// How each rule fares: whether it could be evaluated, when last, and how long that took. Any thread.
#pragma once
#include <mutex>
#include <optional>
#include <unordered_map>

#include "controller/rules/rule.hpp"

namespace vigie::controller::rules {

struct Vital {
    std::optional<WallTime> evaluated_at{};  // the time it was evaluated for; none since the start
    nanoseconds took{0};                     // 0 of a rule that is judged as samples arrive
    std::string failure{};                   // why it could not be evaluated; "" when it could
    WallTime failed_at{};
};

// A rule that is judged host by host may fail for one host only: it counts as failing for so long after.
constexpr milliseconds failure_kept_for = std::chrono::minutes{5};

class RuleVitals {
  public:
    // A batch is prepared by calls of note() and stored or not: then what they said is taken back, so that a beginning
    // whose event was not stored is told again. Both on one thread.
    void on_committed(bool is_stored);
    // Gives whether the rule begins to fail (1), is well again (-1), or neither.
    int note(const Rule& rule, bool is_of_one_host, WallTime at, nanoseconds took, std::string failure);
    Vital of(const Rule& rule) const;

  private:
    mutable std::mutex guard_;
    std::unordered_map<const Rule*, Vital> vitals_;
    std::unordered_map<const Rule*, Vital> before_;  // of those that were noted since the last commit
};

}  // namespace vigie::controller::rules
