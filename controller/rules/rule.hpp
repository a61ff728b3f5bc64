// A rule of Prometheus's, read and ready to be evaluated; and the group that it stands in.
#pragma once
#include <map>
#include <optional>

#include "controller/rules/presence.hpp"
#include "controller/rules/template.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::rules {

// As Prometheus has it: how often a group is evaluated that names no interval.
constexpr milliseconds interval_default = std::chrono::minutes{1};

struct Rule {
    enum class Kind { alerting, recording };
    Kind kind = Kind::alerting;
    std::string group;
    std::string name;  // becomes the label alertname, or the metric's name
    query::Expression expression;
    std::optional<Presence> presence;  // of an alerting rule
    // An alert that fired ends only when this is true for it too: a clear threshold. It stands in no rule file
    // (docs/decisions/0020).
    std::optional<query::Expression> clear{};
    milliseconds hold{0};                      // `for`: how long it must be true, on the samples' time
    milliseconds keep_firing{0};               // `keep_firing_for`: how long it must be false before it resolves
    bool is_damped = true;                     // its alerts stay open while they flap
    std::map<std::string, Template> labels{};  // of a recording rule plain texts
    std::map<std::string, Template> annotations{};
    std::string file{};
    int line = 0;
    milliseconds interval{interval_default};  // of its group

    // Names the rule across restarts and changes of its expression: group, name and labels as written. RuleSet makes it
    // unique when two rules share all three.
    std::string key{};

    bool is_alerting() const { return kind == Kind::alerting; }
};

struct RuleGroup {
    std::string name;
    std::string file;
    int line = 0;
    milliseconds interval{interval_default};
    int64_t limit = 0;  // of alerts or series that one rule may make; 0: none
    std::vector<Rule> rules;
};

}  // namespace vigie::controller::rules
