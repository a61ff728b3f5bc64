// Rules as they stand now, for whoever shows them: the command line, the HTTP API.
#pragma once
#include "controller/rules/evaluate.hpp"
#include "controller/rules/vitals.hpp"

namespace vigie::controller::rules {

struct AlertStatus {
    std::string id;
    Labels labels;
    Labels annotations;
    std::string_view phase;  // pending, firing, no_data
    bool is_open = false;    // it fired and is not resolved: no_data too
    WallTime active_since{};
    WallTime fired_at{};                          // of an open one
    std::optional<WallTime> kept_firing_since{};  // false since then, and firing because of keep_firing_for
    double value = 0;                             // at its last transition
};

struct RuleStatus {
    const Rule* rule = nullptr;  // of the RuleSet
    bool is_judged_at_once = false;
    Vital vital{};
    std::vector<AlertStatus> alerts{};  // that are not over, by id
};

struct GroupStatus {
    const RuleGroup* group = nullptr;
    std::vector<RuleStatus> rules{};
};

}  // namespace vigie::controller::rules
